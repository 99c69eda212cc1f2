from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from stages.components.strategies.cost import count_flops
from stages.components.strategies.halving import epochs_of, going_on, is_alone
from stages.contracts.search import Entry
from tests.unit.stages.small import cases_of, network_of


def entry(strategy: str, score: float | None, *, control: bool = False, metric: str = "auroc") -> Entry:
    return Entry(
        source="s", strategy=strategy, control=control, flops=10, epochs=1, metric=metric, score=score
    )


def names(entries: list[Entry]) -> list[str]:
    return [one.strategy for one in entries]


def test_the_better_half_goes_on_controls_and_others_each_among_themselves() -> None:
    field = [entry(name, score) for name, score in (("a", 0.5), ("b", 0.9), ("c", 0.7), ("d", 0.8))]
    controls = [entry(name, score, control=True) for name, score in (("x", 0.1), ("y", 0.2))]
    assert names(going_on(field + controls, 0.5)) == ["b", "d", "y"]
    assert names(going_on(field + controls, 0)) == ["b", "y"]


def test_where_less_is_better_the_least_error_goes_on() -> None:
    field = [entry("a", 3.0, metric="rmse"), entry("b", 1.0, metric="rmse")]
    assert names(going_on(field, 0.5)) == ["b"]


def test_who_was_dropped_stays_dropped() -> None:
    assert names(going_on([entry("a", None), entry("b", 0.1), entry("c", None)], 1.0)) == ["b"]


def test_a_score_of_none_at_all_leaves_a_ladder_without_winner() -> None:
    assert going_on([entry("a", None)], 0.5) == []


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=12, unique=True),
    keep=st.floats(0.01, 0.99),
    order=st.randoms(use_true_random=False),
)
def test_as_many_go_on_as_were_to_be_kept_in_whatever_order_they_are_read(
    scores: list[float], keep: float, order: object
) -> None:
    field = [entry(f"c{number}", score) for number, score in enumerate(scores)]
    kept = going_on(field, keep)
    assert len(kept) == max(1, math.ceil(keep * len(scores)))
    assert min(one.score or 0 for one in kept) >= max(
        (one.score or 0 for one in field if one not in kept), default=0
    )
    order.shuffle(field)  # type: ignore[attr-defined]
    assert going_on(field, keep) == kept


def test_a_candidate_is_alone_when_nobody_of_its_kind_is_left() -> None:
    field = [entry("a", 0.1), entry("b", 0.2), entry("x", 0.3, control=True)]
    assert [is_alone(one, field) for one in field] == [False, False, True]


@given(
    flops=st.lists(st.integers(1, 10**9), min_size=1, max_size=8),
    cases=st.integers(1, 5000),
    seconds=st.floats(0.1, 1000),
)
def test_a_rung_stays_within_its_seconds_wherever_one_epoch_does(
    flops: list[int], cases: int, seconds: float
) -> None:
    epochs = epochs_of(flops, cases, seconds, 1e9, 50)
    predicted = 3 * cases * sum(flops) * epochs / 1e9
    assert 1 <= epochs <= 50
    assert predicted <= seconds or epochs == 1
    assert predicted + 3 * cases * sum(flops) / 1e9 > seconds or epochs == 50


def test_operations_are_counted_and_do_not_depend_on_the_weights() -> None:
    cases = cases_of({"train": (2, 2)})
    counts = {count_flops(network_of(seed), cases) for seed in (0, 1)}
    assert len(counts) == 1 and counts.pop() > 1_000_000
