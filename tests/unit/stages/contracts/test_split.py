from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from stages.contracts.split import SplitParams, assign_split, salted


@given(group=st.text(), salt=st.text(max_size=5), val=st.floats(0, 0.4), test=st.floats(0, 0.4))
def test_a_group_has_one_split_and_it_is_a_wanted_one(group: str, salt: str, val: float, test: float) -> None:
    params = SplitParams(val=val, test=test, salt=salt)
    assert assign_split(group, params) == assign_split(group, params)
    assert assign_split(group, params) in params.wanted


def test_the_shares_are_met_on_average() -> None:
    counts = Counter(assign_split(str(i), SplitParams(val=0.1, test=0.3)) for i in range(20_000))
    assert abs(counts["val"] / 20_000 - 0.1) < 0.01
    assert abs(counts["test"] / 20_000 - 0.3) < 0.01


def test_another_share_for_validation_leaves_the_test_alone() -> None:
    few, many = SplitParams(val=0.1), SplitParams(val=0.5)
    groups = [str(i) for i in range(500)]
    assert {g for g in groups if assign_split(g, few) == "test"} == {
        g for g in groups if assign_split(g, many) == "test"
    }


def test_another_salt_gives_another_split() -> None:
    groups = [str(i) for i in range(100)]
    assert [assign_split(g, SplitParams()) for g in groups] != [
        assign_split(g, SplitParams(salt="x")) for g in groups
    ]


def test_salt_and_key_do_not_run_together() -> None:
    assert salted("bc", "a") != salted("c", "ab")


@pytest.mark.parametrize("shares", [{"val": 0.6, "test": 0.4}, {"val": -0.1}, {"test": 1}])
def test_impossible_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        SplitParams(**shares)


@given(
    key=st.text(),
    val=st.floats(0, 1, exclude_max=True),
    test=st.floats(0, 1, exclude_max=True),
)
def test_a_hash_s_place_among_all_of_them_tells_the_split(key: str, val: float, test: float) -> None:
    assume(val + test < 1)
    place = int(salted(key, "medgraft")[:13], 16) / 16**13
    expected = "test" if place < test else "val" if place >= 1 - val else "train"
    assert assign_split(key, SplitParams(val=val, test=test)) == expected


@given(key=st.text())
def test_a_share_that_ends_at_a_hash_ends_just_before_it(key: str) -> None:
    step = 16.0**-13
    place = int(salted(key, "medgraft")[:13], 16) * step
    assume(0 < place < 1 - step)
    assert assign_split(key, SplitParams(val=0, test=place)) == "train"
    assert assign_split(key, SplitParams(val=0, test=place + step)) == "test"
    assert assign_split(key, SplitParams(val=1 - place, test=0)) == "val"
    assert assign_split(key, SplitParams(val=1 - place - step, test=0)) == "train"
