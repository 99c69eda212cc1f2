"""Computes every figure of the test split again, from the stored predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from stages.components.rescoring import Rescoring, rescore
from stages.components.scored import Reading
from stages.contracts.artifact import read_json
from stages.contracts.manifest import read_table
from stages.contracts.prepared import open_prepared
from stages.contracts.recheck import EvaluationPlace, Mismatch
from stages.contracts.scores import Evaluation, Selection
from stages.rechecking.found import Found


def recheck_figures(place: EvaluationPlace) -> Found:
    """Computes every figure again from the stored predictions."""
    stored = read_json(Evaluation, Path(place.metrics))
    selection = read_json(Selection, Path(place.selected) / "selection.json")
    cases = open_prepared(Path(place.prepared), ("test",))
    table = read_table(Path(place.predictions), ("model", "seed", "case_id", "group_id", "label", "target"))
    yield from _cases(place, table, cases.index)
    facts, positive = cases.preparation, selection.positive
    how = Rescoring(
        reading=Reading(
            facts.task, facts.classes, None if positive is None else facts.classes.index(positive)
        ),
        selection=selection,
        resamples=place.params.get("resamples", 2000),
        confidence=place.params.get("confidence", 0.95),
        seed=place.params.get("seed", 0),
    )
    again = rescore(table, how, stored)
    yield from _compare(place.metrics, stored.model_dump(mode="json"), again.model_dump(mode="json"))


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
    elif stored == again:
        yield 1
    else:
        yield Mismatch(where=f"{where}: {key}", why=f"it says {stored}, the predictions give {again}")
