"""Findings: everything ingestion saw in the raw data that a person should know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from stages.contracts.artifact import Record
from stages.contracts.errors import DataError

Severity = Literal["note", "warning", "severe"]
SEVERITIES: tuple[Severity, ...] = ("note", "warning", "severe")
UNPRINTED = frozenset({"identifier-in-name", "withdrawn"})
"""Kinds of findings whose cases stand in the findings file only: their names must not get about."""
SEVERITY_WORDS: dict[Severity, str] = {"note": "a note", "warning": "a warning", "severe": "severe"}


def covariate_named(name: str) -> str:
    """Gives the words by which a message names a covariate."""
    return f"the covariate '{name}'"


class Finding(Record):
    """One thing found in the raw data."""

    kind: str
    """Short name of the kind, such as `unreadable` or `near-duplicates`."""
    severity: Severity
    """`severe` stops the run by default; a `warning` has usually excluded the cases."""
    message: str
    """What was found, in one sentence."""
    cases: tuple[str, ...]
    """Identifiers of the cases, sorted; empty for a finding about the whole domain."""
    remedy: str
    """What a user can do about it."""

    @property
    def printable(self) -> tuple[str, ...]:
        """The cases that logs and reports may name."""
        return () if self.kind in UNPRINTED else self.cases

    def as_error(self, where: str, more: str = "") -> DataError:
        """Gives the block of four lines for this finding.

        Args:
            where: The domain's raw data; the first cases are appended.
            more: Appended to the cause, such as how many findings there are besides.
        """
        hidden = len(self.printable) - 3
        shown = ", ".join(self.printable[:3]) + (f" and {hidden} more" if hidden > 0 else "")
        place = f"{where}: {shown}" if shown else where
        why = f"the finding '{self.kind}' is {SEVERITY_WORDS[self.severity]}{more}"
        return DataError(self.message, where=place, why=why, remedy=self.remedy)


class Findings(Record):
    """All findings of one ingestion, the most severe first."""

    domain: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, domain: str, findings: Iterable[Finding]) -> Findings:
        """Puts findings in their order: the most severe first, then by kind."""
        ranks = {severity: -rank for rank, severity in enumerate(SEVERITIES)}
        ordered = sorted(findings, key=lambda f: (ranks[f.severity], f.kind, f.cases))
        return cls(domain=domain, findings=tuple(ordered))

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Gives the findings of this severity and above."""
        floor = SEVERITIES.index(severity)
        return tuple(f for f in self.findings if SEVERITIES.index(f.severity) >= floor)
