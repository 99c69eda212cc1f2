"""dW: how far fine-tuning moved each layer of the selected model, in the order of the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.report import drawing
from pipeline.report.axis import logarithmic
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from stages.contracts.artifact import read_json
from stages.contracts.ledger import Changes, LayerChange
from stages.contracts.scores import Selection

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Screen = Literal["wide", "narrow"]
Layers = tuple[LayerChange, ...]


@dataclass(frozen=True)
class LayerChanges:
    """dW of the selected model.

    Attributes:
        layers: In the order of the network.
        drawings: The same chart for wide and for narrow screens.
        frozen: Number of shared layers that did not move at all.
        shared: Number of shared layers.
    """

    layers: Layers
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
    # The head has no source to be compared with: it starts from new weights.
    shared = tuple(layer for layer in layers if layer.role == "shared")
    frozen = sum(layer.relative_change == 0 for layer in shared)
    return LayerChanges(
        layers=layers,
        drawings=(_draw(shared, "wide"), _draw(shared, "narrow")) if frozen < len(shared) else (),
        frozen=frozen,
        shared=len(shared),
    )


def block_of(layer: str) -> str:
    """Names the block that a layer belongs to: the path up to its first number."""
    parts = layer.removeprefix("backbone.").split(".")
    numbered = next((k for k, part in enumerate(parts) if re.search(r"\d", part)), len(parts) - 1)
    return ".".join(parts[: numbered + 1]).removeprefix("features.").lstrip("_")


def _draw(layers: Layers, screen: Screen) -> Drawing:
    from matplotlib.figure import Figure

    width, height = (8.4, 2.9) if screen == "wide" else (3.8, 3.1)
    with drawing.drawn():
        figure = Figure(figsize=(width, height))
        left, bottom = 0.62 / width, 0.85 / height
        axes = figure.add_axes((left, bottom, 0.98 - left, 0.9 - bottom))
        _plot(axes, layers)
        _label_blocks(axes, layers, 40 if screen == "wide" else 18)
        svg = drawing.as_svg(figure, f"dw-{screen}", _spoken(layers))
    return Drawing(
        svg,
        "Change of each shared layer by fine-tuning",
        "Each point is a layer, from the input (left) to the output (right): the size of its change dW "
        "relative to the source's weights, on a logarithmic axis. Low points: what the source taught was "
        "kept. High points: it was rewritten.",
        width=860 if screen == "wide" else 460,
        screen=screen,
    )


def _plot(axes: Axes, layers: Layers) -> None:
    moved = {place: y.relative_change for place, y in enumerate(layers) if y.relative_change > 0}
    floor = min(moved.values()) / 2
    logarithmic(axes, floor, max(moved.values()) * 1.6)
    axes.vlines(list(moved), floor, list(moved.values()), color=drawing.BLUE, linewidth=0.8, alpha=0.45)
    axes.plot(list(moved), list(moved.values()), "o", color=drawing.BLUE, markersize=3.2, label="moved")
    if still := [place for place in range(len(layers)) if place not in moved]:
        axes.plot(
            still,
            [floor] * len(still),
            "x",
            color=drawing.VERMILLION,
            markersize=5,
            clip_on=False,
            label="frozen",
        )
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0, handletextpad=0.2)
    axes.set_ylabel("relative change")


def _label_blocks(axes: Axes, layers: Layers, most: int) -> None:
    starts: dict[str, int] = {}
    for place, layer in enumerate(layers):
        starts.setdefault(block_of(layer.layer), place)
    shown: dict[str, int] = {}
    for block, place in starts.items():
        if not shown or place - max(shown.values()) >= len(layers) / most:
            shown[block] = place
    axes.set_xticks(list(shown.values()), list(shown), rotation=90)
    axes.set_xlim(-0.02 * len(layers) - 0.5, 1.02 * len(layers) - 0.5)
    axes.grid(visible=False, axis="x")


def _spoken(layers: Layers) -> str:
    most = max(layers, key=lambda layer: layer.relative_change)
    return (
        f"Relative change of {len(layers)} shared layers in the order of the network; largest in "
        f"{most.layer}, {most.relative_change:.3f}. The table below has every number."
    )
