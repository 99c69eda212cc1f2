"""Holds the cases that came or went since the earlier ingestion against the others (docs/adr/0006)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.cases.recall import unchanged
from stages.contracts.drift import Shift

Values = NDArray[np.float64]

FEWEST = 20
"""Cases on either side below which nothing is compared."""
SHARE = 0.005
"""Share of the earlier cases below which a change is not compared: the whole would hardly shift."""
MOST = 10_000
"""Larger sides are thinned out to about so many cases, by content hash: the same ones every time."""
FLOOR = 0.1
"""Distance below which a shift does not matter, however certain it is."""
MEASURES = ("mean", "deviation", "low_percentile", "high_percentile")


def find_shifts(
    earlier: pd.DataFrame, now: pd.DataFrame, classes: Sequence[str], significant: float
) -> tuple[Shift, ...]:
    """Finds intensities and classes that are distributed in another way than before.

    Args:
        earlier: Of the earlier ingestion: columns of manifest and examinations, indexed by case.
        now: Of this one.
        classes: Names of the classes; other labels are not compared.
        significant: Probability of any false alarm; each test has its part of it (Bonferroni).
    """
    before, after = _used(earlier), _used(now)
    came, stayed = _changes(before, after)
    least = max(FEWEST, SHARE * len(before))
    seen: list[Shift] = []
    if came.sum() >= least and len(before) >= FEWEST:
        seen += _compare("new", after[came], before, classes)
    if (~stayed).sum() >= least and stayed.sum() >= FEWEST:
        seen += _compare("removed", before[~stayed], before[stayed], classes)
    return tuple(one for one in seen if one.distance >= FLOOR and one.p < significant / len(seen))


def _used(table: pd.DataFrame) -> pd.DataFrame:
    """Gives what is compared of the cases in use."""
    used, compared = table["excluded_because"].isna(), table[["content_sha256", "label", *MEASURES]]
    return compared if used.all() else compared[used]


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tells which cases of `after` are not those of before, and which of `before` are still there."""
    places, same = unchanged(after, before, ("content_sha256", "label"))
    stayed = np.zeros(len(before), dtype=bool)
    stayed[places[same]] = True
    return ~same, stayed


def _compare(
    which: Literal["new", "removed"], cases: pd.DataFrame, others: pd.DataFrame, classes: Sequence[str]
) -> Iterator[Shift]:
    counts = np.array(
        [side["label"].value_counts().reindex(list(classes), fill_value=0) for side in (cases, others)]
    )
    counts = counts[:, counts.sum(axis=0) > 0]
    sizes = counts.sum(axis=1)
    if counts.shape[1] > 1 and sizes.min() >= FEWEST:
        shares = counts / sizes[:, None]
        yield _shift(which, "classes", np.abs(shares[0] - shares[1]).sum() / 2, dependence(counts), sizes)
    few, many = _thinned(cases), _thinned(others)
    for measure in MEASURES:
        left, right = few[measure].dropna().to_numpy(), many[measure].dropna().to_numpy()
        if min(len(left), len(right)) >= FEWEST:
            yield _shift(which, measure, *difference(left, right), (len(left), len(right)))


def dependence(counts: NDArray[np.integer]) -> float:
    """Gives the p-value of Pearson's chi-squared test, with Yates's correction for one degree of freedom.

    It and `difference` are those of `scipy.stats`, whose import takes longer than all else that ingestion
    does after a small change; that of `scipy.special` waits until there is something to compare.

    Args:
        counts: [rows, columns], none of them empty.
    """
    from scipy.special import chdtrc

    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    expected = rows * columns / counts.sum()
    off = np.abs(counts - expected)
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom == 1:
        off = off - np.minimum(0.5, off)
    return float(chdtrc(freedom, (off**2 / expected).sum()))


def difference(left: Values, right: Values) -> tuple[float, float]:
    """Gives the Kolmogorov-Smirnov distance of two samples, and its asymptotic p-value."""
    from scipy.special import kolmogorov

    both = np.concatenate([left, right])
    below = [np.searchsorted(np.sort(side), both, side="right") / len(side) for side in (left, right)]
    distance = float(np.abs(below[0] - below[1]).max())
    size = len(left) * len(right) / len(both)
    # Stephens (1970): with this factor the limit holds from some ten values on.
    return distance, float(kolmogorov((size**0.5 + 0.12 + 0.11 / size**0.5) * distance))


def _shift(
    which: Literal["new", "removed"], measure: str, distance: float, p: float, sizes: Sequence[int]
) -> Shift:
    return Shift(
        cases=which,
        measure=measure,
        distance=float(distance),
        p=float(p),
        count=int(sizes[0]),
        against=int(sizes[1]),
    )


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    if len(table) <= MOST:
        return table
    return table[table["content_sha256"] < f"{int(16**8 * MOST / len(table)):08x}"]
