from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stages.components.scores import bootstrap
from stages.components.scores.bootstrap import (
    bootstrap_scores,
    differences,
    intervals,
    plain_scores,
    resample_weights,
)
from stages.components.scores.scoring import METRICS, Predictions
from stages.contracts.errors import DataError


def groups_of(*sizes: int) -> pd.Series[str]:
    return pd.Series([f"g{number}" for number, size in enumerate(sizes) for _ in range(size)])


def drawn(groups: pd.Series[str], resamples: int = 300, seed: int = 0) -> np.ndarray:
    return np.concatenate(list(resample_weights(groups, resamples, seed)))


def made(cases: int, quality: float, seed: int = 0) -> Predictions:
    draws = np.random.default_rng(seed)
    labels = np.arange(cases) % 2
    score = 1 / (1 + np.exp(-(quality * (2 * labels - 1) + draws.normal(size=cases))))
    return Predictions(labels, np.stack([1 - score, score], axis=1), 1, 0.5)


def test_groups_are_drawn_and_their_cases_stay_together() -> None:
    groups = groups_of(1, 5, 2, 3)
    weights = drawn(groups)
    assert weights.shape == (300, 11)
    for name in set(groups):
        members = weights[:, (groups == name).to_numpy()]
        assert (members == members[:, :1]).all()
    firsts = weights[:, [0, 1, 6, 8]]
    assert (firsts.sum(axis=1) == 4).all()
    assert len(set(weights.sum(axis=1))) > 3, "the number of cases varies with the groups that are drawn"


def test_the_order_of_the_cases_does_not_matter() -> None:
    groups = groups_of(1, 5, 2, 3)
    order = np.random.default_rng(0).permutation(11)
    np.testing.assert_array_equal(drawn(groups.iloc[order].reset_index(drop=True)), drawn(groups)[:, order])


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn(groups_of(2, 3, 4), 50)
    monkeypatch.setattr(bootstrap, "_BLOCK", 9 * 7)
    blocks = list(resample_weights(groups_of(2, 3, 4), 50, 0))
    assert [len(block) for block in blocks] == [7] * 7 + [1]
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_seed_decides_the_draws() -> None:
    groups = groups_of(*[1] * 20)
    np.testing.assert_array_equal(drawn(groups), drawn(groups))
    assert not np.array_equal(drawn(groups), drawn(groups, seed=1))


def test_every_metric_is_scored_for_every_resample() -> None:
    found = bootstrap_scores(made(40, 1.0), groups_of(*[2] * 20), 120, 0)
    assert set(found) == set(METRICS)
    assert {len(values) for values in found.values()} == {120}


@pytest.mark.parametrize("quality", [0.0, 0.5, 0.9])
def test_intervals_hold_the_value_and_narrow_with_more_groups(quality: float) -> None:
    widths = []
    for cases in (40, 400):
        said = made(cases, quality)
        found = intervals(plain_scores(said), bootstrap_scores(said, groups_of(*[1] * cases), 400, 0), 0.95)
        assert all(f.low <= f.value <= f.high for f in found.values())
        widths.append(found["auroc"].high - found["auroc"].low)
    assert widths[1] < widths[0]


def test_copies_of_a_case_add_no_certainty() -> None:
    said = made(30, 0.7)
    copies = Predictions(said.labels.repeat(8), said.probabilities.repeat(8, axis=0), 1, 0.5)
    single = intervals(plain_scores(said), bootstrap_scores(said, groups_of(*[1] * 30), 400, 0), 0.95)
    grouped = intervals(plain_scores(copies), bootstrap_scores(copies, groups_of(*[8] * 30), 400, 0), 0.95)
    for name in ("auroc", "accuracy", "brier"):
        assert grouped[name].low == pytest.approx(single[name].low)
        assert grouped[name].high == pytest.approx(single[name].high)


def test_intervals_are_the_percentiles_of_what_was_drawn() -> None:
    found = intervals({"x": 5.0}, {"x": np.append(np.arange(101.0), np.nan)}, 0.9)["x"]
    assert (found.value, found.low, found.high) == pytest.approx((5.0, 5.0, 95.0))


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    truth = plain_scores(made(40_000, 0.6, 99))["auroc"]
    hits = 0
    for seed in range(100):
        said = made(100, 0.6, seed)
        found = intervals(plain_scores(said), bootstrap_scores(said, groups_of(*[1] * 100), 200, seed), 0.9)
        hits += found["auroc"].low <= truth <= found["auroc"].high
    assert 80 <= hits <= 98


def test_no_usable_resample_is_an_error_that_names_the_metric() -> None:
    with pytest.raises(DataError, match="interval cannot be computed") as caught:
        intervals({"auroc": 0.5}, {"auroc": np.full(7, np.nan)}, 0.95)
    assert caught.value.where == "auroc of the test split"
    assert "none of 7 resamples" in caught.value.why


def test_differences_are_paired_resample_by_resample() -> None:
    groups = groups_of(*[1] * 60)
    one, other = made(60, 1.0, 0), made(60, 1.0, 0)
    gap = differences(bootstrap_scores(one, groups, 100, 0), bootstrap_scores(other, groups, 100, 0))
    assert all((values == 0).all() for values in gap.values())
    better = bootstrap_scores(made(60, 3.0, 0), groups, 100, 0)
    assert (differences(better, bootstrap_scores(one, groups, 100, 0))["auroc"] > 0).all()
