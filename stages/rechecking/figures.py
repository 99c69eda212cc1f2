"""Holds every figure and every curve of the test split against the stored predictions."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.components.scores.curves import write_curves
from stages.contracts.artifact import read_json
from stages.contracts.evaluation import EvaluateParams
from stages.contracts.manifest import read_table
from stages.contracts.prepared import open_prepared
from stages.contracts.recheck import EvaluationPlace, Mismatch
from stages.contracts.scores import Evaluation
from stages.rechecking.found import Found
from stages.rechecking.rescoring import Rescoring

ROUNDING = 1e-9
"""Relative; another processor adds the same numbers up in another order."""
COLUMNS = ("model", "seed", "case_id", "group_id", "label", "target")


def recheck_figures(place: EvaluationPlace) -> Found:
    """Computes figures and curves again."""
    stored = read_json(Evaluation, Path(place.metrics))
    cases = open_prepared(Path(place.prepared), ("test",))
    table = read_table(Path(place.predictions), COLUMNS)
    yield from _cases(place, table, cases.index)
    how = Rescoring(table, cases, EvaluateParams.model_validate(place.params))
    again, comparison = how.evaluate(Path(place.selected), stored)
    yield from _compare(place.metrics, stored.model_dump(mode="json"), again.model_dump(mode="json"))
    with tempfile.TemporaryDirectory(prefix="medgraft-") as scratch:
        write_curves(comparison, how.params.confidence, Path(scratch))
        yield from _curves(Path(place.predictions).parent, Path(scratch))


def _cases(place: EvaluationPlace, table: pd.DataFrame, index: pd.DataFrame) -> Found:
    """The cases that were scored must be those of the test split, labels included."""
    facts = ["case_id", "group_id", "label", "target"]
    wanted = index[facts].astype("string").reset_index(drop=True)
    for (model, seed), rows in table.groupby(["model", "seed"], dropna=False):
        if rows[facts].astype("string").reset_index(drop=True).equals(wanted):
            yield len(rows)
        else:
            why = "its cases, groups or labels are not those of the test split"
            yield Mismatch(where=f"{place.predictions}: {model}, seed {seed}", why=why)


def _compare(where: str, stored: Any, again: Any, key: str = "") -> Found:
    if isinstance(stored, dict) and isinstance(again, dict):
        for name in sorted({*stored, *again}):
            yield from _compare(where, stored.get(name), again.get(name), f"{key}.{name}".lstrip("."))
    elif stored == again or _close(stored, again):
        yield 1
    else:
        why = f"it says {_short(stored)}, the predictions give {_short(again)}"
        yield Mismatch(where=f"{where}: {key}", why=why)


def _close(one: Any, other: Any) -> bool:
    if not (isinstance(one, float) and isinstance(other, float)):
        return False
    return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _short(value: Any) -> str:
    return "more" if isinstance(value, dict) else "nothing" if value is None else str(value)


def _curves(stored: Path, again: Path) -> Found:
    for file in sorted(again.iterdir()):
        held = stored / file.name
        if held.is_file() and (held.read_bytes() == file.read_bytes() or _same_table(held, file)):
            yield 1
        else:
            yield Mismatch(where=str(held), why="it is not the curve that the predictions give")


def _same_table(one: Path, other: Path) -> bool:
    """Tells whether two tables say the same but for rounding."""
    stored, again = pd.read_csv(one), pd.read_csv(other)
    if stored.shape != again.shape or list(stored.columns) != list(again.columns):
        return False
    numbers = stored.select_dtypes("number").columns
    rest = [name for name in stored.columns if name not in numbers]
    close = np.allclose(stored[numbers], again[numbers], rtol=ROUNDING, atol=ROUNDING, equal_nan=True)
    return close and stored[rest].equals(again[rest])
