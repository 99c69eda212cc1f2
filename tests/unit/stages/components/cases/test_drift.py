"""What comes in is held against what was there, and what went against what stayed."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from stages.components.cases import drift
from stages.components.cases.drift import dependence, difference, find_shifts
from stages.contracts.drift import Shift
from tests.unit.stages.checked_table import examined

CLASSES = ("a", "b")


def cases(
    first: int, number: int, *, mean: float = 100, share: float = 0.5, version: str = ""
) -> pd.DataFrame:
    """Gives cases that are numbered from `first`; `share` of them are of class `a`."""
    draws = np.random.default_rng(first)
    names = [f"{case:05d}" for case in range(first, first + number)]
    return examined(
        names,
        content_sha256=[hashlib.sha256((name + version).encode()).hexdigest() for name in names],
        mean=draws.normal(mean, 10, number),
        deviation=draws.normal(size=number),
        low_percentile=draws.normal(size=number),
        high_percentile=draws.normal(size=number),
        label=["a" if (case * 0.618) % 1 < share else "b" for case in range(number)],
        excluded_because=pd.array([None] * number, dtype="string"),
    )


def shifted(earlier: pd.DataFrame, now: pd.DataFrame) -> list[tuple[str, str]]:
    return [(one.cases, one.measure) for one in find_shifts(earlier, now, CLASSES, 0.01)]


def test_new_cases_of_another_scanner_are_a_shift() -> None:
    earlier = cases(0, 400)
    (found,) = find_shifts(earlier, pd.concat([earlier, cases(400, 30, mean=130)]), CLASSES, 0.01)
    assert (found.cases, found.measure, found.count, found.against) == ("new", "mean", 30, 400)
    assert found.distance > 0.7
    assert found.p < 1e-9
    assert str(found).startswith("mean intensity of 30 new cases: not as in 400 others (distance 0.")


@pytest.mark.parametrize("seed", range(20))
def test_new_cases_like_the_old_ones_are_none(seed: int) -> None:
    earlier = cases(1000 * seed, 300)
    assert shifted(earlier, pd.concat([earlier, cases(1000 * seed + 500, 60)])) == []


def test_changed_cases_are_new() -> None:
    brighter = cases(0, 100, mean=140, version="again")
    assert shifted(cases(0, 100), brighter) == [("new", "mean")]


def test_new_cases_of_one_class_are_a_shift_of_the_classes() -> None:
    earlier = cases(0, 200)
    assert shifted(earlier, pd.concat([earlier, cases(200, 50, share=1)])) == [("new", "classes")]


def test_cases_with_other_labels_are_new_and_the_old_ones_are_removed() -> None:
    relabelled = cases(0, 200)
    relabelled.loc[relabelled.index[:100], "label"] = "a"
    assert shifted(cases(0, 200), relabelled) == [("new", "classes"), ("removed", "classes")]


def test_what_was_removed_is_held_against_what_stayed() -> None:
    every = pd.concat([cases(0, 200), cases(200, 50, mean=60)])
    assert shifted(every, every.iloc[:200]) == [("removed", "mean")]
    assert shifted(every, every.iloc[::2]) == []


def test_few_cases_say_nothing() -> None:
    many, few = cases(0, 400), cases(400, 19, mean=160, share=1)
    assert shifted(many, pd.concat([many, few])) == []
    assert shifted(few, pd.concat([few, many])) == []
    assert shifted(many.iloc[:0], many) == shifted(many, many.iloc[:0]) == []


def test_a_small_share_says_nothing() -> None:
    many = cases(0, 10_000)
    assert shifted(many, pd.concat([many, cases(10_000, 49, mean=160)])) == []
    assert shifted(many, pd.concat([many, cases(10_000, 50, mean=160)])) == [("new", "mean")]


def test_a_certain_but_small_shift_does_not_matter() -> None:
    assert shifted(cases(0, 20_000), cases(20_000, 20_000, mean=101)) == []


def test_cases_that_are_left_out_do_not_count() -> None:
    earlier, odd = cases(0, 400), cases(400, 60, mean=160)
    odd["excluded_because"] = odd["excluded_because"].fillna("exact-duplicate")
    assert shifted(earlier, pd.concat([earlier, odd])) == []


def test_labels_that_are_no_classes_and_images_without_intensities_are_not_compared() -> None:
    earlier, later = (cases(first, 60).assign(mean=np.nan, label=f"0.{first}") for first in (0, 60))
    assert shifted(earlier, pd.concat([earlier, later])) == []


def test_large_sides_are_thinned_out_in_the_same_way_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "MOST", 100)
    earlier, later = cases(0, 1000), cases(1000, 1000, mean=130)
    first: list[Shift] = list(find_shifts(earlier, later, CLASSES, 0.01))
    assert first == list(find_shifts(earlier, later, CLASSES, 0.01))
    assert [one.measure for one in first] == ["mean"]
    assert all(60 < size < 150 for size in (first[0].count, first[0].against))


def test_finding_a_shift_imports_no_statistics() -> None:
    code = """
import sys
import pandas as pd
from tests.unit.stages.components.cases.test_drift import cases, shifted
table = cases(0, 200)
assert shifted(table, pd.concat([table, cases(200, 30, mean=130)])) == [("new", "mean")]
sys.exit('scipy.stats' in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("columns", [2, 3, 7])
def test_dependence_is_that_of_scipy(columns: int) -> None:
    from scipy import stats  # not above: another test makes sure that this module does without it

    counts = np.random.default_rng(columns).integers(1, 30, (2, columns))
    assert dependence(counts) == pytest.approx(stats.chi2_contingency(counts).pvalue)


@pytest.mark.parametrize(("number", "shift"), [(20, 1.0), (60, 0.5), (3000, 0.05)])
def test_the_distance_is_that_of_scipy_and_its_p_value_close_to_it(number: int, shift: float) -> None:
    from scipy import stats

    draws = np.random.default_rng(number)
    left, right = draws.normal(size=number).round(2), draws.normal(shift, 1, 2 * number).round(2)
    found, exact = difference(left, right), stats.ks_2samp(left, right, method="asymp")
    assert found[0] == pytest.approx(exact.statistic)
    assert found[1] == pytest.approx(exact.pvalue, rel=0.15)
