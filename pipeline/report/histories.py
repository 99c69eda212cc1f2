"""Learning curves: one small panel per candidate, a line per seed, all on the same axes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.report import drawing
from pipeline.report.axis import logarithmic
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from pipeline.report.table import read_csv

COLUMNS = ("epoch", "train_loss", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class LastEpoch:
    """Where one training ended."""

    name: str
    seed: int | None
    epochs: int
    train_loss: float
    val_loss: float | None
    val_accuracy: float | None


@dataclass(frozen=True)
class LearningCurves:
    """All learning curves.

    Attributes:
        panels: A drawing per candidate.
        sources: A drawing per source trained here.
        ends: Where each run of the grid ended.
        missing: Runs of the grid that are not computed.
        runs: How many runs the grid asks for.
    """

    panels: tuple[Drawing, ...]
    sources: tuple[Drawing, ...]
    ends: tuple[LastEpoch, ...]
    missing: tuple[str, ...]
    runs: int


def read_histories(places: Places) -> LearningCurves | None:
    """Reads the learning curves of the grid and of the sources; None while there is none.

    Raises:
        DataError: If an artifact is damaged.
    """
    files = {run: places.history("-".join(map(str, run))) for run in places.grid.runs()}
    tables = {run: read_csv(file, COLUMNS) for run, file in files.items() if file.is_file()}
    trained = {name: places.history(name) for name in places.grid.trained}
    sources = {name: read_csv(file, COLUMNS) for name, file in trained.items() if file.is_file()}
    if not tables and not sources:
        return None
    candidates: dict[tuple[str, str], dict[int, pd.DataFrame]] = {}
    for (source, strategy, seed), table in tables.items():
        candidates.setdefault((source, strategy), {})[seed] = table
    limits = _limits(list(tables.values()))
    with drawing.drawn():
        panels = [
            _panel(f"curve-{k}", " \u00b7 ".join(name), by_seed, limits)
            for k, (name, by_seed) in enumerate(candidates.items())
        ]
        own = [
            _panel(f"source-{k}", f"source {name}", {0: table}, _limits([table]))
            for k, (name, table) in enumerate(sources.items())
        ]
    return LearningCurves(
        panels=tuple(panels),
        sources=tuple(own),
        ends=tuple(
            _end(f"{source} \u00b7 {strategy}", seed, table)
            for (source, strategy, seed), table in tables.items()
        ),
        missing=tuple("-".join(map(str, run)) for run in files if run not in tables),
        runs=len(files),
    )


def _end(name: str, seed: int, table: pd.DataFrame) -> LastEpoch:
    if table.empty:
        return LastEpoch(name, seed, 0, float("nan"), None, None)
    last = table.iloc[-1]
    return LastEpoch(
        name,
        seed,
        len(table),
        float(last["train_loss"]),
        float(last["val_loss"]),
        float(last["val_accuracy"]),
    )


@dataclass(frozen=True)
class Limits:
    """Axes that panels share: the last epoch, and the smallest and largest loss."""

    epochs: float
    low: float
    high: float


def _limits(tables: list[pd.DataFrame]) -> Limits:
    rows = pd.concat(tables) if tables else pd.DataFrame(columns=list(COLUMNS))
    losses = pd.concat([rows["train_loss"], rows["val_loss"]]).dropna()
    losses = losses[losses > 0]
    if losses.empty:
        return Limits(1, 0.1, 1)
    # A loss next to nothing would press all other lines flat.
    low = max(float(losses.min()), 1e-3)
    return Limits(float(rows["epoch"].max()), low / 1.25, max(float(losses.max()), low) * 1.25)


def _panel(key: str, name: str, by_seed: dict[int, pd.DataFrame], limits: Limits) -> Drawing:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(3.1, 2.2))
    axes = figure.add_axes((0.19, 0.21, 0.78, 0.66))
    for number, table in enumerate(by_seed.values()):
        marker = "o" if len(table) == 1 else "."
        for column, colour, dash, label in (
            ("train_loss", drawing.ORANGE, (0, (3, 1.5)), "training"),
            ("val_loss", drawing.BLUE, "-", "validation"),
        ):
            points = table.dropna(subset=[column])
            axes.plot(
                points["epoch"],
                points[column],
                color=colour,
                linestyle=dash,
                linewidth=1.2,
                marker=marker,
                markersize=4 if len(table) == 1 else 3,
                alpha=0.85,
                label=label if number == 0 else None,
            )
    logarithmic(axes, limits.low, limits.high)
    axes.set_xlim(min(0.9, 1 - 0.03 * limits.epochs), limits.epochs + max(0.1, 0.03 * limits.epochs))
    axes.set_xlabel("epoch", labelpad=1)
    axes.set_ylabel("loss", labelpad=1)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.03, 0.98),
        ncols=2,
        borderpad=0,
        columnspacing=1.2,
        handlelength=1.8,
    )
    seeds = f"{len(by_seed)} seeds" if len(by_seed) > 1 else "one seed"
    svg = drawing.as_svg(figure, key, f"Training and validation loss of {name} over the epochs, {seeds}.")
    return Drawing(svg, name, "", width=380)
