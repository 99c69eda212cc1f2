from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.budget import within_budget
from stages.contracts.prepared import PreparedCases
from tests.unit.stages.small import cases_of

CASES = cases_of({"train": (30, 10, 5)}, ("a", "b", "c"))


def names(cases: PreparedCases) -> list[str]:
    return list(cases.index["case_id"])


@given(small=st.integers(2, 45), more=st.integers(0, 43))
@settings(deadline=None)
def test_a_smaller_budget_is_part_of_a_larger_one(small: int, more: int) -> None:
    chosen = names(within_budget(CASES, small))
    assert len(chosen) == small
    assert set(chosen) <= set(names(within_budget(CASES, min(45, small + more))))


@given(budget=st.integers(2, 45))
@settings(deadline=None)
def test_each_class_has_its_share_to_within_one_case(budget: int) -> None:
    counts = np.bincount(within_budget(CASES, budget).labels, minlength=3)
    assert np.all(np.abs(counts - budget * np.array([30, 10, 5]) / 45) <= 1)


@given(order=st.permutations(range(45)), budget=st.integers(2, 44))
@settings(deadline=None, max_examples=25)
def test_the_order_of_the_rows_changes_nothing(order: list[int], budget: int) -> None:
    shuffled = within_budget(CASES.take(np.array(order)), budget)
    assert set(names(shuffled)) == set(names(within_budget(CASES, budget)))


def test_images_stay_with_their_cases() -> None:
    chosen = within_budget(CASES, 12)
    places = [names(CASES).index(name) for name in names(chosen)]
    np.testing.assert_array_equal(chosen.images, CASES.images[places])
    np.testing.assert_array_equal(chosen.labels, CASES.labels[places])


def test_no_budget_or_a_large_one_takes_all() -> None:
    assert names(within_budget(CASES, None)) == names(within_budget(CASES, 1000)) == names(CASES)


def test_another_salt_chooses_others() -> None:
    assert set(names(within_budget(CASES, 12))) != set(names(within_budget(CASES, 12, "other")))


def test_new_cases_leave_most_of_a_choice_as_it_was() -> None:
    more = cases_of({"train": (31, 10, 5)}, ("a", "b", "c"))
    before, after = set(names(within_budget(CASES, 20))), set(names(within_budget(more, 20)))
    assert len({name.split("/")[1] for name in before}) == 3
    assert len(before & {n for n in after if n.startswith("train/0/")}) >= 12
