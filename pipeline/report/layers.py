"""dW: how far fine-tuning moved each layer of the selected model, in the order of the network."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.report import drawing
from pipeline.report.axis import logarithmic
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from stages.contracts.artifact import read_json
from stages.contracts.ledger import Changes, LayerChange
from stages.contracts.scores import Selection


@dataclass(frozen=True)
class LayerChanges:
    """dW of the selected model.

    Attributes:
        layers: In the order of the network.
        drawings: The same chart for wide and for narrow screens.
        frozen: Number of shared layers that did not move at all.
        shared: Number of shared layers.
    """

    layers: tuple[LayerChange, ...]
    drawings: tuple[Drawing, ...]
    frozen: int
    shared: int


def read_changes(places: Places) -> LayerChanges | None:
    """Reads dW of the selected model; None while nothing is selected.

    Raises:
        DataError: If an artifact is damaged.
    """
    if not places.selected.is_dir():
        return None
    seed = read_json(Selection, places.selected / "selection.json").selected.seed
    layers = read_json(Changes, places.selected / "selected" / str(seed) / "changes.json").layers
    shared = [layer for layer in layers if layer.role == "shared"]
    return LayerChanges(
        layers=layers,
        drawings=(_draw(layers, "wide"), _draw(layers, "narrow")) if layers else (),
        frozen=sum(layer.relative_change == 0 for layer in shared),
        shared=len(shared),
    )


def block_of(layer: str) -> str:
    """Names the block that a layer belongs to: the path up to its first number."""
    parts = layer.removeprefix("backbone.").split(".")
    numbered = next((k for k, part in enumerate(parts) if re.search(r"\d", part)), len(parts) - 1)
    return ".".join(parts[: numbered + 1]).removeprefix("features.").lstrip("_")


def _draw(layers: tuple[LayerChange, ...], screen: str) -> Drawing:
    from matplotlib.figure import Figure

    wide = screen == "wide"
    with drawing.drawn():
        size = (8.4, 3.1) if wide else (3.8, 3.4)
        figure = Figure(figsize=size)
        left, bottom = 0.62 / size[0], 1.05 / size[1]
        axes = figure.add_axes((left, bottom, 0.98 - left, 0.87 - bottom))
        moved = [layer.relative_change for layer in layers if layer.relative_change > 0]
        floor = min(moved, default=0.1) / 3
        logarithmic(axes, floor, max(moved, default=1.0) * 2)
        for role, colour, marker, name in (
            ("shared", drawing.BLUE, "o", "shared (backbone)"),
            ("specific", drawing.VERMILLION, "D", "specific (head)"),
        ):
            points = [(x, y.relative_change) for x, y in enumerate(layers) if y.role == role]
            kept = [(x, y) for x, y in points if y > 0]
            still = [x for x, y in points if y == 0]
            if kept:
                xs, ys = zip(*kept, strict=True)
                axes.vlines(xs, floor, ys, color=colour, linewidth=0.8, alpha=0.5)
                axes.plot(xs, ys, marker, color=colour, markersize=3.2, label=name)
            if still:
                axes.plot(
                    still,
                    [floor] * len(still),
                    "x",
                    color=drawing.FAINT,
                    markersize=3.5,
                    label="did not move",
                )
        _label_blocks(axes, layers, 40 if wide else 16)
        axes.set_ylabel("relative change")
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0, columnspacing=1, handletextpad=0.2
        )
        svg = drawing.as_svg(figure, f"dw-{screen}", _spoken(layers))
    return Drawing(
        svg,
        "Change of each layer by fine-tuning",
        "Each point is a layer, from the input (left) to the output (right): the size of its change dW "
        "relative "
        "to the weights it started from, on a logarithmic axis. Low points: what the source taught was kept. "
        "High "
        "points: it was rewritten. The head starts from new weights, so it always moves.",
        width=860 if wide else 460,
        screen=screen,
    )


def _label_blocks(axes: object, layers: tuple[LayerChange, ...], most: int) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)  # noqa: S101 - matplotlib is imported late
    starts: list[tuple[int, str]] = []
    for place, layer in enumerate(layers):
        block = block_of(layer.layer)
        if block in {name for _, name in starts}:
            continue
        if not starts or place - starts[-1][0] >= len(layers) / most:
            starts.append((place, block))
    axes.set_xticks([place for place, _ in starts], [name for _, name in starts], rotation=90)
    axes.set_xlim(-0.02 * len(layers) - 0.5, 1.02 * len(layers) - 0.5)
    axes.grid(visible=False, axis="x")


def _spoken(layers: tuple[LayerChange, ...]) -> str:
    most = max(layers, key=lambda layer: layer.relative_change)
    return (
        f"Relative change of {len(layers)} layers in the order of the network; largest in {most.layer}, "
        f"{most.relative_change:.3f}. The table below has every number."
    )
