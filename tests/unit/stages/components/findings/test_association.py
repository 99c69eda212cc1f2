"""Areas are held against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score, roc_curve

from stages.components.findings.association import Clue, areas, chance, exceptions

DRAWS = np.random.default_rng(0)
LABELS = DRAWS.integers(0, 3, 300)
NUMBERS = np.where(DRAWS.random(300) < 0.1, np.nan, np.round(DRAWS.normal(size=300) - LABELS, 1))
CATEGORIES = np.minimum(DRAWS.integers(0, 4, 300) + LABELS, 4)


@pytest.mark.parametrize("one", [0, 1, 2])
def test_the_area_of_numbers_is_that_of_the_roc_curve_in_the_better_direction(one: int) -> None:
    given = ~np.isnan(NUMBERS)
    area = roc_auc_score(LABELS[given] == one, NUMBERS[given])
    assert areas(Clue("x", NUMBERS), LABELS, 3)[one] == pytest.approx(max(area, 1 - area))


@pytest.mark.parametrize("one", [0, 1, 2])
def test_the_area_of_categories_is_that_of_the_rate_of_the_class_in_them(one: int) -> None:
    truth = np.equal(LABELS, one)
    rates = np.array([truth[level == CATEGORIES].mean() for level in range(5)])
    assert areas(Clue("x", CATEGORIES, 5), LABELS, 3)[one] == pytest.approx(
        roc_auc_score(truth, rates[CATEGORIES])
    )


def test_a_class_without_cases_has_no_area() -> None:
    for clue in (Clue("x", NUMBERS), Clue("x", CATEGORIES, 5)):
        assert np.isnan(areas(clue, LABELS, 4)[3])
    assert np.isnan(areas(Clue("x", np.array([1.0] * 19 + [np.nan])), LABELS[:20], 3)).all()


def test_chance_counts_units_and_not_cases() -> None:
    truth = np.repeat([True, False], 200)
    for clue in (
        Clue("x", np.where(truth, 1.0, 0.0) + DRAWS.random(400)),
        Clue("x", (truth ^ (DRAWS.random(400) < 0.1)).astype(np.int64), 2),
    ):
        assert chance(clue, truth, np.arange(400)) < 1e-9
        assert 1e-9 < chance(clue, truth, np.arange(400) // 10) < 1e-4
        assert chance(clue, truth, np.arange(400) // 40) == 1.0
        assert chance(clue, np.ones(400, dtype=bool), np.arange(400)) == 1.0


def test_chance_explains_what_is_random() -> None:
    truth = DRAWS.random(300) < 0.5
    assert chance(Clue("x", DRAWS.normal(size=300)), truth, np.arange(300)) > 0.001
    assert chance(Clue("x", DRAWS.integers(0, 4, 300), 4), truth, np.arange(300)) > 0.001


@pytest.mark.parametrize("sign", [1, -1])
def test_exceptions_to_a_number_are_fewest_at_the_best_cut(sign: int) -> None:
    given = np.flatnonzero(~np.isnan(NUMBERS))
    truth = LABELS == 0
    wrong = exceptions(Clue("x", sign * NUMBERS), truth)
    assert set(wrong) <= set(given)
    called = truth ^ np.isin(np.arange(300), wrong)
    low, high, _ = roc_curve(truth[given], NUMBERS[given])
    best = (1 + np.abs(high - low).max()) / 2
    assert balanced_accuracy_score(truth[given], called[given]) == pytest.approx(best)


def test_exceptions_to_a_category_are_in_those_where_the_class_is_rarer() -> None:
    clue = Clue("x", np.array([0, 0, 0, 1, 1, 1]), 2)
    truth = np.array([True, True, False, False, False, True])
    assert list(exceptions(clue, truth)) == [2, 5]
