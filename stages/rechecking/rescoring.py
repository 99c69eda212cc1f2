"""Computes all that evaluation published again, from nothing but the stored predictions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stages.components.scores.assessment import assess
from stages.components.scores.boosted_scores import BoostedChoice, score_boosted
from stages.components.scores.comparison import Comparison, compare_said
from stages.components.scores.label_curve import Scores, trace_curve
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import DataError
from stages.contracts.evaluation import EvaluateParams
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import BUDGETS, Boosting, Evaluation, Selection
from stages.contracts.task import metric_of


@dataclass(frozen=True)
class Rescoring:
    """What the figures come from.

    Attributes:
        predictions: All rows of `predictions.parquet`: tempered, by model and seed.
        cases: The test cases.
        params: Resamples, confidence and deciding metric.
    """

    predictions: pd.DataFrame
    cases: PreparedCases
    params: EvaluateParams

    def evaluate(self, selected: Path, stored: Evaluation) -> tuple[Evaluation, Comparison]:
        """Gives what `metrics.json` must say, and what the curves are drawn from.

        Args:
            selected: Folder of the selected checkpoints.
            stored: What `metrics.json` says, of which only what gradient boosting chose on validation is
                taken over: no stored prediction holds it.
        """
        full, comparison = self._assess(selected)
        folders = sorted((selected / BUDGETS).glob("*"))
        budgets = {folder.name: self._assess(folder, f"/{folder.name}")[0] for folder in folders}
        boosted = stored.boosting and self._boosted(stored.boosting, full.cases, comparison)
        curve = trace_curve(full, budgets) if budgets else None
        return full.evaluation.model_copy(update={"boosting": boosted, "curve": curve}), comparison

    def _assess(self, folder: Path, suffix: str = "") -> tuple[Scores, Comparison]:
        """Scores the models of one label budget."""
        selection = read_json(Selection, folder / "selection.json")
        run = read_json(Checkpoint, folder / "selected" / str(selection.selected.seed) / RECORD)
        chosen = {"selected": selection.selected, "scratch": selection.scratch}
        tables = {role: self.seeds_of(role + suffix) for role in chosen}
        said = {
            role: self.rows(role + suffix, None) if one.members else self.rows(role + suffix, one.seed)
            for role, one in chosen.items()
        }
        params = self.params
        comparison = compare_said(
            said, chosen, tuple(tables["selected"]), selection.positive, self.cases,
            resamples=params.resamples, seed=params.seed,
        )  # fmt: skip
        read = {
            role: {
                seed: comparison.reading.read(table, chosen[role].threshold)
                for seed, table in by_seed.items()
            }
            for role, by_seed in tables.items()
        }
        metric = metric_of(self.cases.preparation.task, params.verdict, "evaluate.verdict")
        evaluation = assess(comparison, read, self.cases, metric, params.confidence)
        return Scores.of(run.training_cases, evaluation, comparison), comparison

    def _boosted(self, stored: Boosting, labelled: int, comparison: Comparison) -> Boosting:
        chosen = BoostedChoice(stored.settings, stored.seed, stored.threshold, labelled)
        return score_boosted(chosen, self.seeds_of("boosting"), comparison, self.params.confidence)

    def seeds_of(self, role: str) -> dict[int, pd.DataFrame]:
        """Gives the rows of each seed of a model."""
        seeds = self.predictions.loc[self.predictions["model"] == role, "seed"].dropna().unique()
        return {int(seed): self.rows(role, int(seed)) for seed in sorted(seeds)}

    def rows(self, role: str, seed: int | None) -> pd.DataFrame:
        """Gives the rows of one seed; those of the mean of the seeds have none.

        Raises:
            DataError: If there are none.
        """
        numbers = self.predictions["seed"]
        same = numbers.isna() if seed is None else numbers.eq(seed).fillna(False)
        rows = self.predictions[(self.predictions["model"] == role) & same.astype(bool)]
        if rows.empty:
            which = "the mean of its seeds" if seed is None else f"seed {seed}"
            raise DataError(
                "figures cannot be computed again",
                where="predictions.parquet",
                why=f"it has no rows of {role}, {which}",
                remedy="see what the audit says of the file",
            )
        return rows.reset_index(drop=True)
