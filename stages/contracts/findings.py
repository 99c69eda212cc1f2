"""Findings: everything ingestion saw in the raw data that a person should know."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record

Severity = Literal["note", "warning", "severe"]
SEVERITIES: tuple[Severity, ...] = ("note", "warning", "severe")


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


class Findings(Record):
    """All findings of one ingestion, the most severe first."""

    domain: str
    findings: tuple[Finding, ...]

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Gives the findings of this severity and above."""
        floor = SEVERITIES.index(severity)
        return tuple(f for f in self.findings if SEVERITIES.index(f.severity) >= floor)
