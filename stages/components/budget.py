"""Chooses which labelled cases a small budget buys."""

from __future__ import annotations

import hashlib

import numpy as np

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
    keys = [hashlib.sha256(f"{salt}:{case}".encode()).hexdigest() for case in cases.index["case_id"]]
    order = np.argsort(np.array(keys))
    share = np.empty(len(keys))
    for label in np.unique(cases.labels):
        members = order[cases.labels[order] == label]
        share[members] = (np.arange(len(members)) + 0.5) / len(members)
    chosen = np.lexsort((np.array(keys), share))[:budget]
    return cases.take(np.sort(chosen))
