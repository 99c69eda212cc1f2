"""Chooses which labelled cases a small budget buys: single cases, or whole patients."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from stages.contracts.prepared import PreparedCases


def within_budget(cases: PreparedCases, budget: int | None, salt: str = "budget") -> PreparedCases:
    """Gives at most `budget` cases, each class by its share.

    The choice is a pure function of the cases' names: a smaller budget's cases are among a
    larger one's, and all sources, strategies and seeds see the same ones.

    Args:
        cases: Labelled cases.
        budget: Number of cases; None for all.
        salt: Another salt chooses other cases.
    """
    if budget is None or budget >= len(cases.labels):
        return cases
    keys = _keys(cases.index["case_id"], salt)
    order = np.argsort(np.array(keys))
    share = np.empty(len(keys))
    for label in np.unique(cases.labels):
        members = order[cases.labels[order] == label]
        share[members] = (np.arange(len(members)) + 0.5) / len(members)
    chosen = np.lexsort((np.array(keys), share))[:budget]
    return cases.take(np.sort(chosen))


def whole_patients(cases: PreparedCases, most: int, salt: str = "patients") -> PreparedCases:
    """Gives the cases of so many patients that they are at most `most`, each class by its share.

    Like `within_budget` a pure function of names, and a smaller budget's cases are among a larger one's. A
    patient is taken whole or not at all, and counts for the class of most of their cases. Where patients
    are unknown, groups of near-duplicates stand for them.

    Args:
        cases: Labelled cases.
        most: Number of cases; the first patient is taken even if they have more.
        salt: Another salt chooses other patients.
    """
    frame = pd.DataFrame({"group": cases.index["group_id"].astype(str), "label": cases.labels})
    counted = frame.value_counts().rename("cases").reset_index()
    mostly = counted.sort_values(["cases", "label"], ascending=[False, True]).drop_duplicates("group")
    groups = pd.DataFrame({"label": mostly.set_index("group")["label"]})
    groups["size"] = frame["group"].value_counts()
    groups["key"] = _keys(groups.index, salt)
    groups = groups.sort_values("key")
    by_class = groups.groupby("label")["size"]
    # The middle of each patient on the way through their class, so that all classes advance alike.
    groups["place"] = (by_class.cumsum() - groups["size"] / 2) / by_class.transform("sum")
    groups = groups.sort_values(["place", "key"])
    fits = (groups["size"].cumsum() <= most).to_numpy(dtype=bool, copy=True)
    fits[:1] = True
    chosen = frame["group"].isin(groups.index[fits])
    return cases.take(np.flatnonzero(chosen))


def _keys(names: Iterable[str], salt: str) -> list[str]:
    return [hashlib.sha256(f"{salt}:{name}".encode()).hexdigest() for name in names]
