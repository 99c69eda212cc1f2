"""Scores two packaged models on the same test cases, with paired intervals by patient.

Not a stage of the graph: `medgraft promote` runs it, so that the gate compares like with like.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from stages.contracts.artifact import read_json, write_json
from stages.contracts.comparison import ModelComparison
from stages.contracts.errors import DataError, guarded
from stages.contracts.model import RECORD, Model
from stages.contracts.predictions import require_scorable
from stages.contracts.prepared import PreparedCases, open_prepared
from stages.contracts.task import Metric, metric_of

CHALLENGER, CHAMPION = "selected", "champion"
"""The roles; the first is what `compare_models` calls the model in question."""


@dataclass(frozen=True)
class Contender:
    """A packaged model and the test cases, prepared as it needs them.

    Attributes:
        folder: The model's.
        model: Its record.
        cases: The test split.
    """

    folder: Path
    model: Model
    cases: PreparedCases


def compare(
    challenger: Contender, champion: Contender, metric: Metric | None, confidence: float, resamples: int
) -> ModelComparison:
    """Scores both models on the same resamples of the same cases.

    Args:
        challenger: The model in question.
        champion: The model that it would replace.
        metric: That decides; None for the task's own.
        confidence: Of the intervals, between 0.5 and 1.
        resamples: Bootstrap resamples, drawn by patient where patients are known.

    Raises:
        DataError: If the models do not say the same of a case, or the cases cannot be scored.
        ParamsError: If the task has no such metric.
    """
    from stages.components.prediction.packaged import chosen_of, predict_packaged
    from stages.components.scores.comparison import compare_models

    _require_alike(challenger, champion)
    cases, facts = challenger.cases, challenger.cases.preparation
    deciding = metric_of(facts.task, metric, "gate.metric")
    require_scorable(cases.index, facts.task, facts.classes, "test")
    contenders = {CHALLENGER: challenger, CHAMPION: champion}
    tables = {role: predict_packaged(one.folder, one.model, one.cases) for role, one in contenders.items()}
    chosen = {role: chosen_of(one.model) for role, one in contenders.items()}
    positive = challenger.model.positive
    compared = compare_models(tables, chosen, positive, cases, resamples, seed=0)
    return ModelComparison(
        metric=deciding,
        challenger=compared.scores(CHALLENGER, confidence),
        champion=compared.scores(CHAMPION, confidence),
        difference=compared.difference(CHALLENGER, CHAMPION, confidence),
        resampled="patients" if facts.patients_known else "near-duplicate groups",
        confidence=confidence,
        resamples=resamples,
        test_cases=len(cases.index),
        test_groups=int(cases.index["group_id"].nunique()),
    )


def _require_alike(challenger: Contender, champion: Contender) -> None:
    """Makes sure that both models answer the same question about the same cases."""
    ours, theirs = challenger.model, champion.model
    for what in ("task", "classes", "positive"):
        if getattr(ours, what) != getattr(theirs, what):
            raise _unlike(f"their {what} differ: {getattr(ours, what)} and {getattr(theirs, what)}")
    if challenger.cases.preparation.features != champion.cases.preparation.features:
        raise _unlike("they read records of other columns")
    for column in ("case_id", "content_sha256"):
        if list(challenger.cases.index[column]) != list(champion.cases.index[column]):
            raise _unlike("their test cases are not the same")


def _unlike(why: str) -> DataError:
    return DataError(
        "challenger and champion cannot be compared",
        where="the target's test split",
        why=why,
        remedy="promote it by hand with `--force REASON`, if it is to replace the champion",
    )


def main() -> None:
    """Reads two packaged models and the prepared cases; writes the comparison."""
    parser = argparse.ArgumentParser(prog="stages.compare", description=__doc__)
    for name in ("challenger", "champion", "prepared", "champion-prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--metric")
    parser.add_argument("--confidence", type=float, required=True)
    parser.add_argument("--resamples", type=int, required=True)
    args = parser.parse_args()
    challenger = _contender(args.challenger, args.prepared)
    champion = _contender(args.champion, args.champion_prepared)
    metric = cast("Metric | None", args.metric)
    write_json(compare(challenger, champion, metric, args.confidence, args.resamples), args.out)


def _contender(folder: Path, prepared: Path) -> Contender:
    return Contender(folder, read_json(Model, folder / RECORD), open_prepared(prepared, ("test",)))


if __name__ == "__main__":
    sys.exit(guarded(main))
