"""Opens the test split, once: the selected model beside the scratch control, and the verdict."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import guarded
from stages.contracts.params import Params, load_params
from stages.contracts.predictions import require_scorable
from stages.contracts.prepared import PreparedCases, open_prepared
from stages.contracts.recipe import Precision
from stages.contracts.scores import Chosen, Evaluation, Interval, Selection, Verdict
from stages.contracts.task import Metric, metric_of, side_of

if TYPE_CHECKING:
    import pandas as pd

    from stages.components.comparison import Comparison


class EvaluateParams(Params):
    """Section `evaluate`."""

    resamples: int = Field(default=2000, ge=100)
    """Bootstrap resamples."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of every interval."""
    verdict: Metric | None = None
    """Metric whose paired interval decides the verdict; null for the task's own."""
    seed: int = 0
    """Decides the resamples."""
    precision: Precision = "fp32"
    """In full precision, as `medgraft predict` computes: the figures are those of the packaged model."""
    threads: int = Field(default=2, ge=1)
    """CPU threads."""
    boosting: bool = True
    """Whether gradient-boosted trees are fitted to the same labelled cases, where cases are records."""


def evaluate(
    tables: dict[str, dict[int, pd.DataFrame]],
    selection: Selection,
    cases: PreparedCases,
    params: EvaluateParams,
) -> tuple[Evaluation, Comparison]:
    """Scores the test predictions with intervals, and decides whether the transfer helped.

    The verdict is `positive` where the whole paired interval of the difference lies on the better side
    of zero, `negative` where it lies on the other, and `inconclusive` otherwise.

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
    from stages.components.bootstrap import differences, intervals, plain_scores
    from stages.components.comparison import compare_models

    facts = cases.preparation
    deciding = metric_of(facts.task, params.verdict, "evaluate.verdict")
    require_scorable(cases.index, facts.task, facts.classes, "test")
    known = facts.patients_known
    chosen = {"selected": selection.selected, "scratch": selection.scratch}
    comparison = compare_models(tables, chosen, selection.positive, cases, params.resamples, params.seed)
    values, drawn = comparison.values, comparison.drawn
    gaps = {name: values["selected"][name] - values["scratch"][name] for name in values["selected"]}
    difference = intervals(gaps, differences(drawn["selected"], drawn["scratch"]), params.confidence)
    groups = int(cases.index["group_id"].nunique())
    return Evaluation(
        selected=intervals(values["selected"], drawn["selected"], params.confidence),
        scratch=intervals(values["scratch"], drawn["scratch"], params.confidence),
        difference=difference,
        verdict=_verdict(difference[deciding], deciding),
        verdict_metric=deciding,
        resampled="patients" if known else "near-duplicate groups",
        confidence=params.confidence,
        test_cases=len(cases.labels),
        test_patients=groups if known else None,
        test_groups=groups,
        seeds={
            role: {str(seed): plain_scores(comparison.read(table, role)) for seed, table in by_seed.items()}
            for role, by_seed in tables.items()
        },
    ), comparison


def _verdict(difference: Interval, metric: Metric) -> Verdict:
    low, high = sorted(side_of(metric) * end for end in (difference.low, difference.high))
    return "positive" if low > 0 else "negative" if high < 0 else "inconclusive"


def main() -> None:
    """Reads the selected checkpoints and the test cases; writes predictions, curves and metrics."""
    parser = argparse.ArgumentParser(prog="stages.evaluate")
    for name in ("selected", "prepared", "out", "metrics"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(EvaluateParams, "evaluate")
    selection = read_json(Selection, args.selected / "selection.json")
    cases = open_prepared(args.prepared, ("test",))
    tables = {role: predict_seeds(args.selected / role, cases, params) for role in ("selected", "scratch")}
    evaluation, comparison = evaluate(tables, selection, cases, params)
    if params.boosting and cases.preparation.features:
        from stages.components.boosting import boost

        learned = open_prepared(args.prepared, ("train", "val"))
        run = read_json(Checkpoint, args.selected / "selected" / str(selection.selected.seed) / RECORD)
        boosted = boost(learned, cases, comparison, run.training_cases, selection.metric, params.confidence)
        evaluation = evaluation.model_copy(update={"boosting": boosted.record})
        tables["boosting"] = boosted.tables
    from stages.components.curves import write_curves

    with whole_folder(args.out) as out:
        write_predictions(tables, comparison.chosen, out / "predictions.parquet")
        write_curves(comparison, params.confidence, out)
    write_json(evaluation, args.metrics)


def predict_seeds(folder: Path, cases: PreparedCases, params: EvaluateParams) -> dict[int, pd.DataFrame]:
    """Predicts the cases with the checkpoint of each seed in a folder."""
    from stages.components.checkpoint import load_checkpoint
    from stages.components.device import choose_device
    from stages.components.inference import predict
    from stages.components.tasks.choice import objective_of

    tables = {}
    for run in sorted(folder.iterdir(), key=lambda f: int(f.name)):
        record, network = load_checkpoint(run)
        device = choose_device(params.precision, params.threads, network)
        objective = objective_of(record.network.task, record.network.classes)
        tables[int(run.name)] = objective.tabulate(cases, predict(network, cases.images, device))
    return tables


def write_predictions(
    tables: dict[str, dict[int, pd.DataFrame]], chosen: dict[str, Chosen], file: Path
) -> None:
    """Writes all predictions, tempered, in one table: a row per model, seed and case.

    Where the mean of the seeds was judged it is there too, with a null in place of the seed.
    """
    import pandas as pd

    from stages.components.committee import spoken, tempered

    frames = []
    for role, by_seed in tables.items():
        choice = chosen.get(role)  # none of a control that is no network
        said = {seed: tempered(table, choice.temperature if choice else 1) for seed, table in by_seed.items()}
        frames += [table.assign(model=role, seed=seed) for seed, table in said.items()]
        if choice and choice.members:
            frames.append(spoken(by_seed, choice).assign(model=role, seed=None))
    table = pd.concat(frames, ignore_index=True).astype({"seed": "Int64"})
    first = ["model", "seed"]
    table[first + [name for name in table.columns if name not in first]].to_parquet(file, index=False)


if __name__ == "__main__":
    sys.exit(guarded(main))
