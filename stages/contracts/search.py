"""The search over sources and strategies: what a rung says of each candidate."""

from __future__ import annotations

from stages.contracts.artifact import Record

ENTRY = "entry.json"
DROPPED = "dropped.json"
"""Stands in the place of a fine-tuning that the search decided against."""


class Entry(Record):
    """One candidate on one rung."""

    source: str
    strategy: str
    control: bool
    """Whether it starts from random weights: controls are ranked among themselves."""
    flops: int
    """Floating-point operations of its network on one case, forward."""
    epochs: int
    """Trained on this rung; 0 where it was dropped, or where there was nobody left to compare it with."""
    metric: str
    score: float | None
    """On validation, at its last training; null where it is dropped."""
