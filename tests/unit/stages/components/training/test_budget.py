from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.training.budget import whole_patients, within_budget
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
    np.testing.assert_array_equal(chosen.images, CASES.images[:][places])
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


@st.composite
def patients(draw: st.DrawFn) -> PreparedCases:
    """Cases of patients with one to six images, not always of one class."""
    counts = draw(st.tuples(st.integers(1, 25), st.integers(1, 15)))
    cases = cases_of({"train": counts}, strength=1)
    of = draw(st.lists(st.integers(0, 11), min_size=sum(counts), max_size=sum(counts)))
    return replace(cases, index=cases.index.assign(group_id=[f"patient-{number}" for number in of]))


@given(cases=patients(), small=st.integers(1, 45), more=st.integers(0, 45))
@settings(deadline=None, max_examples=60)
def test_budgets_of_patients_nest_and_tear_nobody_apart(cases: PreparedCases, small: int, more: int) -> None:
    one, other = (whole_patients(cases, most) for most in (small, small + more))
    assert set(names(one)) <= set(names(other))
    groups = cases.index.groupby("group_id")["case_id"].apply(set)
    first = min(len(group) for group in groups if group & set(names(one)))
    for chosen, most in ((one, small), (other, small + more)):
        taken = set(names(chosen))
        assert all(group <= taken or not group & taken for group in groups)
        assert 0 < len(taken) <= max(most, first)


@given(cases=patients(), order=st.randoms(use_true_random=False), most=st.integers(1, 40))
@settings(deadline=None, max_examples=30)
def test_the_order_of_patients_changes_nothing(cases: PreparedCases, order: Random, most: int) -> None:
    rows = list(range(len(cases.index)))
    order.shuffle(rows)
    shuffled = whole_patients(cases.take(np.array(rows)), most)
    assert set(names(shuffled)) == set(names(whole_patients(cases, most)))


@given(most=st.integers(3, 45))
@settings(deadline=None)
def test_patients_of_one_image_give_each_class_its_share(most: int) -> None:
    counts = np.bincount(whole_patients(CASES, most).labels, minlength=3)
    assert counts.sum() == most
    assert np.all(np.abs(counts - most * np.array([30, 10, 5]) / 45) <= 1)
