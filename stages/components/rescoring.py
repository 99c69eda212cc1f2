"""Computes the figures of the test split again, from nothing but the stored predictions."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pydantic import TypeAdapter

from stages.components.bootstrap import bootstrap_scores, differences, intervals, plain_scores
from stages.components.scored import Reading, Scored
from stages.contracts.scores import Boosting, Evaluation, Interval, Selection, verdict_of
from stages.contracts.task import Metric


@dataclass(frozen=True)
class Rescoring:
    """How the figures came to be.

    Attributes:
        reading: How predictions are read.
        selection: Seeds and thresholds.
        resamples: Bootstrap resamples.
        confidence: Of every interval.
        seed: Of the resamples.
    """

    reading: Reading
    selection: Selection
    resamples: int
    confidence: float
    seed: int


def rescore(predictions: pd.DataFrame, how: Rescoring, stored: Evaluation) -> Evaluation:
    """Gives what `metrics.json` must say.

    Args:
        predictions: All rows of `predictions.parquet`: tempered, by model and seed.
        how: Selection and params.
        stored: What `metrics.json` says, of which only facts that no prediction holds are taken over:
            whether patients are known, and the settings of gradient boosting.
    """
    chosen = {"selected": how.selection.selected, "scratch": how.selection.scratch}
    said = {
        role: how.reading.read(_judged(predictions, role, None if one.members else one.seed), one.threshold)
        for role, one in chosen.items()
    }
    groups = predictions[_rows(predictions, "selected", chosen["selected"].seed)]["group_id"]
    groups = groups.reset_index(drop=True)
    drawn = {role: bootstrap_scores(one, groups, how.resamples, how.seed) for role, one in said.items()}
    values = {role: plain_scores(one) for role, one in said.items()}
    gaps = {name: values["selected"][name] - values["scratch"][name] for name in values["selected"]}
    difference = intervals(gaps, differences(drawn["selected"], drawn["scratch"]), how.confidence)
    return stored.model_copy(
        update={
            "selected": intervals(values["selected"], drawn["selected"], how.confidence),
            "scratch": intervals(values["scratch"], drawn["scratch"], how.confidence),
            "difference": difference,
            "verdict": verdict_of(difference[stored.verdict_metric], _metric(stored)),
            "confidence": how.confidence,
            "test_cases": len(groups),
            "test_groups": int(groups.nunique()),
            "test_patients": None if stored.test_patients is None else int(groups.nunique()),
            "seeds": {role: _by_seed(predictions, role, one.threshold, how) for role, one in chosen.items()},
            "boosting": _boosting(predictions, how, stored.boosting),
        }
    )


def _metric(stored: Evaluation) -> Metric:
    """A record holds the name as text."""
    return TypeAdapter(Metric).validate_python(stored.verdict_metric)


def _boosting(predictions: pd.DataFrame, how: Rescoring, stored: Boosting | None) -> Boosting | None:
    """Computes scores and seeds again; the difference shares its resamples with them."""
    if stored is None:
        return None
    table = _judged(predictions, "boosting", stored.seed)
    said = how.reading.read(table, stored.threshold)
    drawn = bootstrap_scores(said, table["group_id"], how.resamples, how.seed)
    by_seed = _by_seed(predictions, "boosting", stored.threshold, how)
    finite = {seed: _defined(scores) for seed, scores in by_seed.items()}
    scores: dict[str, Interval] = intervals(_defined(plain_scores(said)), drawn, how.confidence)
    return stored.model_copy(update={"scores": scores, "seeds": finite})


def _defined(scores: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in scores.items() if pd.notna(value)}


def _by_seed(
    predictions: pd.DataFrame, role: str, threshold: float | None, how: Rescoring
) -> dict[str, dict[str, float]]:
    seeds = predictions.loc[predictions["model"] == role, "seed"].dropna().unique()
    tables: dict[str, Scored] = {
        str(seed): how.reading.read(_judged(predictions, role, int(seed)), threshold)
        for seed in sorted(seeds)
    }
    return {seed: plain_scores(said) for seed, said in tables.items()}


def _judged(predictions: pd.DataFrame, role: str, seed: int | None) -> pd.DataFrame:
    """Gives the rows of one model; those of the mean of the seeds have none."""
    return predictions[_rows(predictions, role, seed)].reset_index(drop=True)


def _rows(predictions: pd.DataFrame, role: str, seed: int | None) -> pd.Series[bool]:
    numbers = predictions["seed"]
    same = numbers.isna() if seed is None else numbers.eq(seed).fillna(False)
    return (predictions["model"] == role) & same.astype(bool)
