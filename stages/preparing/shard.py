"""Makes one shard: rows of an earlier output where they are still valid, the others anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.components.preparation.shards import Earlier, Values, pack_shard
from stages.preparing.case import Source

Rows = dict[str, Values]
"""Arrays of one case, or, with an axis more, of several."""
Make = Callable[[Iterable[Source]], Iterator[Rows]]
"""Reads and prepares cases, in their order."""


@dataclass(frozen=True)
class ShardPlan:
    """What a shard is to hold.

    Attributes:
        number: Of the shard.
        cases: Identifiers, in their order.
        paths: Where each case lies, for the adapter.
        contents: What each case is made of, as `content_of` gives it.
    """

    number: int
    cases: list[str]
    paths: list[str]
    contents: list[str]

    @property
    def sources(self) -> Iterator[Source]:
        """The cases, in their order."""
        return map(Source, self.cases, self.paths, self.contents)


@dataclass(frozen=True)
class Shard:
    """One shard of prepared cases.

    Attributes:
        number: Of the shard.
        data: Bytes of its file; None where the file of the earlier output is the very same.
        anew: How many cases were prepared.
    """

    number: int
    data: bytes | None
    anew: int


def make_shard(plan: ShardPlan, make: Make, earlier: Earlier | None) -> Shard:
    """Makes a shard; the same bytes wherever it is made, and whatever is taken over.

    Raises:
        DataError: If a case cannot be prepared.
    """
    places, arrays = earlier.rows(plan.number) if earlier else ({}, {})
    taken = np.array([places.get(content, -1) for content in plan.contents])
    missing = [source for source, place in zip(plan.sources, taken, strict=True) if place < 0]
    made = list(make(missing))
    return Shard(plan.number, pack_shard(_assembled(taken, arrays, made)), len(made))


def _assembled(taken: NDArray[np.int64], earlier: Rows, made: list[Rows]) -> Rows:
    """Puts the rows of a shard together.

    Args:
        taken: Row of the earlier shard, or -1 for one that was made anew.
        earlier: Arrays of the earlier shard.
        made: The new rows, in their order.
    """
    if not (taken >= 0).any():
        return {name: np.stack([case[name] for case in made]) for name in made[0]}
    arrays = {name: values[np.maximum(taken, 0)] for name, values in earlier.items()}
    for row, case in zip(np.flatnonzero(taken < 0), made, strict=True):
        for name, values in case.items():
            arrays[name][row] = values
    return arrays
