"""Successive halving: who goes on to the next rung, and for how long they train there.

Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization". Every
rung has the same share of the budget, so that the fewer are left, the longer each of them trains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from stages.contracts.search import Entry
from stages.contracts.task import side_of

_PASSES = 3
"""A training step costs about three forward passes: one, and two for the gradients."""


def going_on(entries: Sequence[Entry], keep: float) -> list[Entry]:
    """Gives the best of a rung, controls and transferred candidates each among themselves.

    Args:
        entries: Of all candidates of the rung; those without a score were dropped before.
        keep: Share that goes on, rounded up; at 0 the single best one.
    """
    ranked = sorted(
        (entry for entry in entries if entry.score is not None),
        key=lambda entry: (-side_of(entry.metric) * (entry.score or 0), entry.source, entry.strategy),
    )
    kinds = [[entry for entry in ranked if entry.control == control] for control in (False, True)]
    return [entry for kind in kinds for entry in kind[: max(1, math.ceil(keep * len(kind)))]]


def is_alone(entry: Entry, field: Sequence[Entry]) -> bool:
    """Tells whether a candidate has nobody of its kind left to be compared with."""
    return sum(other.control == entry.control for other in field) == 1


def epochs_of(flops: Sequence[int], cases: int, seconds: float, speed: float, most: int) -> int:
    """Gives the epochs that each candidate of a rung may train.

    The seconds are predicted from counted operations and never measured, so that a search gives the same
    bytes on every machine.

    Args:
        flops: Of each candidate that trains on this rung, forward, per case.
        cases: Labelled training cases.
        seconds: Of the rung, for all candidates together.
        speed: Floating-point operations per second of training.
        most: Epochs of a full training.

    Returns:
        At least 1 and at most `most`.
    """
    epoch = seconds_of(sum(flops), cases, speed)
    return max(1, min(most, int(seconds / epoch))) if epoch else most


def seconds_of(flops: int, cases: int, speed: float) -> float:
    """Predicts how long training on so many cases takes, at so many operations forward per case."""
    return _PASSES * cases * flops / speed
