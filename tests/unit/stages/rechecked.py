"""Holds what a chain of stages published against its predictions, as an audit does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from stages.contracts.recheck import EvaluationPlace, Mismatch, RecheckRequest
from stages.recheck import recheck
from tests.unit.stages.chain import Chain

METRICS, PREDICTIONS = "metrics.json", "evaluation/predictions.parquet"


def mismatches(chain: Chain, metrics: Path | None = None) -> tuple[Mismatch, ...]:
    """Gives every difference; nothing may be left unchecked.

    Args:
        chain: With an evaluation.
        metrics: Another file in the place of its own.
    """
    place = EvaluationPlace(
        selected=str(chain.root / "selected"),
        prepared=str(chain.root / "prepared/target"),
        predictions=str(chain.root / PREDICTIONS),
        metrics=str(metrics or chain.root / METRICS),
        params=chain.params.get("evaluate") or {},
    )
    answer = recheck(RecheckRequest(evaluation=place)).metrics
    assert not answer.unchecked and answer.compared > 10
    return answer.differences


def edited(chain: Chain, folder: Path, changes: dict[str, Any]) -> Path:
    """Writes metrics.json with some values replaced, by their keys with dots between."""
    values = json.loads((chain.root / METRICS).read_text())
    for keys, value in changes.items():
        inner: Any = values
        *way, last = keys.split(".")
        for key in way:
            inner = inner[key]
        assert inner[last] != value
        inner[last] = value
    file = folder / METRICS
    file.write_text(json.dumps(values))
    return file


def named(chain: Chain, folder: Path, changes: dict[str, Any]) -> set[str]:
    """Gives the keys that an audit names after these changes of metrics.json."""
    found = mismatches(chain, edited(chain, folder, changes))
    return {one.where.rpartition(": ")[2] for one in found}


def forged(chain: Chain, model: str) -> pd.DataFrame:
    """Gives the predictions, those of one model turned round."""
    table = pd.read_parquet(chain.root / PREDICTIONS)
    rows = table["model"] == model
    said = [name for name in table.columns if name.startswith(("probability_", "predicted"))]
    table.loc[rows, said] = 1 - table.loc[rows, said]
    return table
