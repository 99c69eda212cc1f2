"""Learning curves: one small panel per candidate, a line per seed, all on the same axes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.report.panel import draw_panel, limits_of
from pipeline.report.places import Places
from pipeline.report.table import read_csv

COLUMNS = ("epoch", "train_loss", "val_loss", "val_score")
Run = tuple[str, str, int]


@dataclass(frozen=True)
class LastEpoch:
    """Where one training ended."""

    name: str
    seed: int
    epochs: int
    train_loss: float
    val_loss: float
    val_score: float


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
    with drawing.drawn():
        own = [
            draw_panel(f"source-{k}", f"source {name}", {0: table}, limits_of([table]))
            for k, (name, table) in enumerate(sources.items())
        ]
        panels = _panels(tables)
    return LearningCurves(
        panels=panels,
        sources=tuple(own),
        ends=tuple(_end(run, table) for run, table in tables.items()),
        missing=tuple("-".join(map(str, run)) for run in files if run not in tables),
        runs=len(files),
    )


def _panels(tables: dict[Run, pd.DataFrame]) -> tuple[Drawing, ...]:
    candidates: dict[str, dict[int, pd.DataFrame]] = {}
    for (source, strategy, seed), table in tables.items():
        candidates.setdefault(f"{source} \u00b7 {strategy}", {})[seed] = table
    limits = limits_of(list(tables.values()))
    return tuple(
        draw_panel(f"curve-{k}", name, by_seed, limits)
        for k, (name, by_seed) in enumerate(candidates.items())
    )


def _end(run: Run, table: pd.DataFrame) -> LastEpoch:
    source, strategy, seed = run
    last = table.iloc[-1] if len(table) else pd.Series(float("nan"), index=list(COLUMNS))
    return LastEpoch(
        name=f"{source} \u00b7 {strategy}",
        seed=seed,
        epochs=len(table),
        train_loss=float(last["train_loss"]),
        val_loss=float(last["val_loss"]),
        val_score=float(last["val_score"]),
    )
