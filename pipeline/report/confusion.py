"""Confusion matrices: which class the cases of each class were called."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.report.places import Places
from pipeline.report.table import read_csv
from pipeline.report.wording import NAMES


@dataclass(frozen=True)
class ConfusionRow:
    """Cases of one true class: how many were called what, and which share of the class that is."""

    true: str
    cells: tuple[tuple[int, float], ...]
    total: int


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix of one model."""

    model: str
    classes: tuple[str, ...]
    rows: tuple[ConfusionRow, ...]

    def share_of(self, label: str | None) -> float | None:
        """Gives the share of a class among all cases; None where there is no such class, or no case."""
        totals = {row.true: row.total for row in self.rows}
        cases = sum(totals.values())
        return totals[label] / cases if label in totals and cases else None


def read_confusions(places: Places) -> tuple[Confusion, ...]:
    """Reads the matrix of each model; none where a case is not of one class.

    Raises:
        DataError: If the table is damaged.
    """
    if not (places.evaluation / "confusion.csv").is_file():
        return ()
    table = read_csv(places.evaluation / "confusion.csv", ("cases",), ("model", "true", "called"))
    return tuple(_confusion(table[table["model"] == role], name) for role, name in NAMES.items())


def _confusion(table: pd.DataFrame, model: str) -> Confusion:
    classes = tuple(str(name) for name in table["true"].unique())
    triples = zip(table["true"], table["called"], table["cases"], strict=True)
    counts = {(str(true), str(called)): int(cases) for true, called, cases in triples}
    rows = []
    for true in classes:
        cells = [counts.get((true, called), 0) for called in classes]
        total = sum(cells)
        rows.append(ConfusionRow(true, tuple((n, n / total if total else 0.0) for n in cells), total))
    return Confusion(model, classes, tuple(rows))
