"""What `python -m stages.contrast` is asked, and what it answers."""

from __future__ import annotations

from stages.contracts.artifact import Record
from stages.contracts.scores import Interval
from stages.contracts.task import Task


class Stored(Record):
    """The stored test predictions of one model."""

    file: str
    """`predictions.parquet` of its evaluation."""
    seed: int | None
    """Of the rows that are the model's; null for the mean of all seeds."""
    threshold: float | None


class ContrastRequest(Record):
    """Two models that answer the same question."""

    task: Task
    classes: tuple[str, ...]
    positive: str | None
    one: Stored
    other: Stored
    apart: tuple[str, ...]
    """Cases that go by the same name in both and are not the same."""
    confidence: float
    resamples: int


class Contrast(Record):
    """Both on the test cases that they have in common."""

    cases: int
    groups: int
    one: dict[str, Interval]
    other: dict[str, Interval]
    difference: dict[str, Interval]
    """Other minus one, paired by resample of groups."""
