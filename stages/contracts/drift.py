"""How the cases of this ingestion differ from those of the earlier one (docs/adr/0006)."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record


class Shift(Record):
    """One distribution that is not what it was."""

    cases: Literal["new", "removed"]
    """New cases, held against all earlier ones; or removed ones, against those that stayed. A case
    whose content or label changed is both."""
    measure: str
    """`mean`, `deviation` or a percentile of the intensities; or `classes`."""
    distance: float
    """Greatest difference of the distribution functions (Kolmogorov and Smirnov), 0 to 1; of classes the
    share of cases that would have to change theirs."""
    p: float
    """Probability of such a distance by chance."""
    count: int
    """How many new or removed cases were compared."""
    against: int
    """With how many."""

    def __str__(self) -> str:
        what = "classes" if self.measure == "classes" else self.measure.replace("_", " ") + " intensity"
        return (
            f"{what} of {self.count} {self.cases} cases: not as in {self.against} others "
            f"(distance {self.distance:.2f}, p {self.p:.1g})"
        )


class Drift(Record):
    """Everything that shifted in a domain."""

    domain: str
    shifts: tuple[Shift, ...]
