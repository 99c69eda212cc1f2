"""What a packaged model says of cases that came after it was trained (docs/adr/0025)."""

from __future__ import annotations

from stages.contracts.artifact import Record
from stages.contracts.scores import Interval

SIGNIFICANT = 0.01
"""Probability of any false alarm; each of the tests has its part of it (Bonferroni)."""
CALLED = "called"
"""The measure that is no single output: the classes that cases are called."""


class PredictionShift(Record):
    """How differently one thing that the model says is distributed."""

    measure: str
    """`called`, or the name of an output: of a class, or `predicted` of a number."""
    distance: float
    """0 to 1: greatest difference of the distribution functions (Kolmogorov and Smirnov); of `called` the
    share of cases that would have to be called otherwise."""
    p: float
    """Probability of such a distance by chance."""

    def __str__(self) -> str:
        """In words; no case is named."""
        what = "classes that cases are called" if self.measure == CALLED else f"output '{self.measure}'"
        return f"{what}, distance {self.distance:.2f}, p {self.p:.1g}"


class NewScore(Record):
    """How well the model does on labelled cases of patients that it never learned from."""

    metric: str
    score: Interval
    cases: int
    groups: int
    """Patients, or clusters of near-duplicates where patients are unknown."""

    def __str__(self) -> str:
        """In words; no case is named."""
        score = self.score
        return f"{self.metric} {score.value:.3f} [{score.low:.3f}, {score.high:.3f}] on {self.cases} cases"


class Monitoring(Record):
    """A model applied to new cases."""

    new: int
    """Cases that it was not trained, validated or tested with, labelled or not."""
    against: int
    """Test cases of its own, with which they were compared."""
    shifts: tuple[PredictionShift, ...] = ()
    """Every measure that was compared; none where there are too few cases."""
    performance: NewScore | None = None
    notes: tuple[str, ...] = ()
    """What could not be measured, and why."""

    def is_certain(self, shift: PredictionShift) -> bool:
        """Tells whether a shift is more than chance."""
        return shift.p < SIGNIFICANT / len(self.shifts)
