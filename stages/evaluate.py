"""Opens the test split, once: the selected model beside the scratch control, and the verdict."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import guarded
from stages.contracts.evaluation import EvaluateParams
from stages.contracts.params import load_params
from stages.contracts.predictions import require_scorable
from stages.contracts.prepared import PreparedCases, open_prepared
from stages.contracts.scores import BUDGETS, Evaluation, Selection
from stages.contracts.task import metric_of

if TYPE_CHECKING:
    import pandas as pd

    from stages.components.scores.comparison import Comparison
    from stages.components.scores.label_curve import Scores


def evaluate(
    tables: dict[str, dict[int, pd.DataFrame]],
    selection: Selection,
    cases: PreparedCases,
    params: EvaluateParams,
) -> tuple[Evaluation, Comparison]:
    """Scores the test predictions with intervals, and decides whether the transfer helped.

    Args:
        tables: Test predictions by model (`selected`, `scratch`) and seed.
        selection: What was chosen on validation.
        cases: The test cases.
        params: Resamples, confidence and deciding metric.

    Returns:
        The metrics and what the curves are drawn from.

    Raises:
        DataError: If the test split cannot be scored, or has too few groups for an interval.
        ParamsError: If the task has no such metric.
    """
    from stages.components.scores.assessment import assess
    from stages.components.scores.comparison import compare_models

    facts = cases.preparation
    deciding = metric_of(facts.task, params.verdict, "evaluate.verdict")
    require_scorable(cases.index, facts.task, facts.classes, "test")
    chosen = {"selected": selection.selected, "scratch": selection.scratch}
    comparison = compare_models(tables, chosen, selection.positive, cases, params.resamples, params.seed)
    seeds = {
        role: {seed: comparison.read(table, role) for seed, table in by_seed.items()}
        for role, by_seed in tables.items()
    }
    return assess(comparison, seeds, cases, deciding, params.confidence), comparison


def main() -> None:
    """Reads the selected checkpoints and the test cases; writes predictions, curves and metrics."""
    parser = argparse.ArgumentParser(prog="stages.evaluate")
    for name in ("selected", "prepared", "out", "metrics"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(EvaluateParams, "evaluate")
    cases = open_prepared(args.prepared, ("test",))
    from stages.components.prediction.seed_predictions import write_predictions
    from stages.components.scores.curves import write_curves

    full = Budgeted.read(args.selected, cases, params)
    tables, chosen, evaluation = dict(full.tables), dict(full.comparison.chosen), full.evaluation
    if params.boosting and cases.preparation.features:
        from stages.components.scores.boosting import boost

        learned = open_prepared(args.prepared, ("train", "val"))
        metric = full.selection.metric
        boosted = boost(learned, cases, full.comparison, full.labelled, metric, params.confidence)
        evaluation = evaluation.model_copy(update={"boosting": boosted.record})
        tables["boosting"] = boosted.tables
    folders = sorted((args.selected / BUDGETS).glob("*"))
    budgets = {folder.name: Budgeted.read(folder, cases, params) for folder in folders}
    if budgets:
        from stages.components.scores.label_curve import trace_curve

        curve = trace_curve(full.scores, {name: budget.scores for name, budget in budgets.items()})
        evaluation = evaluation.model_copy(update={"curve": curve})
    for name, budget in budgets.items():
        tables |= {f"{role}/{name}": table for role, table in budget.tables.items()}
        chosen |= {f"{role}/{name}": choice for role, choice in budget.comparison.chosen.items()}
    with whole_folder(args.out) as out:
        write_predictions(tables, chosen, out / "predictions.parquet")
        write_curves(full.comparison, params.confidence, out)
    write_json(evaluation, args.metrics)


@dataclass(frozen=True)
class Budgeted:
    """The selected model and the control of one label budget, or of all labels, on the test split.

    Attributes:
        selection: What was chosen on validation.
        labelled: Training cases that the selected model was fine-tuned on.
        tables: Test predictions by model and seed.
        evaluation: Their scores.
        comparison: The same, per resample.
    """

    selection: Selection
    labelled: int | None
    tables: dict[str, dict[int, pd.DataFrame]]
    evaluation: Evaluation
    comparison: Comparison

    @staticmethod
    def read(folder: Path, cases: PreparedCases, params: EvaluateParams) -> Budgeted:
        """Predicts with the checkpoints below a folder, and scores what they say."""
        from stages.components.prediction.seed_predictions import predict_seeds

        selection = read_json(Selection, folder / "selection.json")
        tables = {
            role: predict_seeds(folder / role, cases, params.precision, params.threads)
            for role in ("selected", "scratch")
        }
        evaluation, comparison = evaluate(tables, selection, cases, params)
        run = read_json(Checkpoint, folder / "selected" / str(selection.selected.seed) / RECORD)
        return Budgeted(selection, run.training_cases, tables, evaluation, comparison)

    @property
    def scores(self) -> Scores:
        """What the learning curve needs of it."""
        from stages.components.scores.label_curve import Scores

        return Scores.of(self.labelled, self.evaluation, self.comparison)


if __name__ == "__main__":
    sys.exit(guarded(main))
