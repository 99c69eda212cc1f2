"""Compares the stored test predictions of two models on the cases that both were tested on.

Not a stage of the graph: `medgraft diff` runs it. No model is loaded and nothing is predicted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stages.contracts.artifact import read_json, write_json
from stages.contracts.contrast import Contrast, ContrastRequest, Stored
from stages.contracts.errors import DataError, guarded
from stages.contracts.manifest import read_table
from stages.contracts.predictions import COLUMNS, require_scorable

if TYPE_CHECKING:
    import pandas as pd


def contrast(one: pd.DataFrame, other: pd.DataFrame, request: ContrastRequest) -> Contrast:
    """Scores both on the same resamples of the cases that they have in common.

    Args:
        one: Predictions of a model, a row per case.
        other: Those of another one; its groups are drawn.
        request: How to read them.

    Raises:
        DataError: If they have no cases in common, or these cannot be scored.
    """
    from stages.components.scores.bootstrap import bootstrap_scores, differences, intervals, plain_scores
    from stages.components.scores.scored import Reading

    one, other = (
        table.set_index("case_id").drop(list(request.apart), errors="ignore") for table in (one, other)
    )
    common = one.index.intersection(other.index).sort_values()
    one, other = one.loc[common], other.loc[common]
    same = (one["target"] == other["target"]).to_numpy()
    one, other = one[same], other[same]
    if one.empty:
        raise _apart("no test case is the same in both")
    require_scorable(other, request.task, request.classes, "test")
    positive = None if request.positive is None else request.classes.index(request.positive)
    reading = Reading(request.task, request.classes, positive)
    said = reading.read(one, request.one.threshold), reading.read(other, request.other.threshold)
    values = tuple(map(plain_scores, said))
    drawn = tuple(bootstrap_scores(each, other["group_id"], request.resamples, 0) for each in said)
    gaps = {name: values[1][name] - values[0][name] for name in values[1]}
    return Contrast(
        cases=len(other),
        groups=int(other["group_id"].nunique()),
        one=intervals(values[0], drawn[0], request.confidence),
        other=intervals(values[1], drawn[1], request.confidence),
        difference=intervals(gaps, differences(drawn[1], drawn[0]), request.confidence),
    )


def read_stored(stored: Stored) -> pd.DataFrame:
    """Reads the rows of the selected model.

    Raises:
        DataError: If the file is damaged, or has no such rows.
    """
    table = read_table(Path(stored.file), (*COLUMNS, "model", "seed"))
    seed = table["seed"].isna() if stored.seed is None else table["seed"] == stored.seed
    rows = table[(table["model"] == "selected") & seed.fillna(False)]
    if rows.empty:
        raise _apart(f"{stored.file} has no predictions of the selected model with seed {stored.seed}")
    return rows


def _apart(why: str) -> DataError:
    return DataError(
        "the two models cannot be compared",
        where="test split",
        why=why,
        remedy="evaluate both on the same data: `medgraft promote` does it before it decides",
    )


def main() -> None:
    """Runs the program: `python -m stages.contrast --request FILE --out FILE`."""
    parser = argparse.ArgumentParser(prog="stages.contrast", description=__doc__)
    parser.add_argument("--request", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    request = read_json(ContrastRequest, args.request)
    write_json(contrast(read_stored(request.one), read_stored(request.other), request), args.out)


if __name__ == "__main__":
    sys.exit(guarded(main))
