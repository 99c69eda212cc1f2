"""What `medgraft data` tells: one report for people and one for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.plan import FolderChange
from stages.contracts.findings import Finding, Severity
from stages.contracts.inspection import Inspection

SHOWN = 5
"""Cases and files that are named; of the others there is the number."""


@dataclass(frozen=True)
class FindingReport:
    """One thing that ingestion would find."""

    kind: str
    severity: Severity
    message: str
    count: int
    """How many cases it concerns."""
    cases: tuple[str, ...]
    """The first few of them."""
    remedy: str

    @classmethod
    def of(cls, finding: Finding) -> FindingReport:
        """Counts the cases and names a few."""
        first = finding.cases[:SHOWN]
        return cls(finding.kind, finding.severity, finding.message, len(finding.cases), first, finding.remedy)


@dataclass(frozen=True)
class CheckReport:
    """What there is and what is wrong with it."""

    outcome: Literal["usable", "refused"]
    path: str
    format: str
    adapter: str | dict[str, Any]
    task: str
    cases: int
    used: int
    patients: int | None
    classes: tuple[str, ...]
    given_splits: bool
    counts: dict[str, dict[str, int]]
    notes: tuple[str, ...]
    findings: tuple[FindingReport, ...]

    @classmethod
    def of(cls, path: str, seen: Inspection) -> CheckReport:
        """Sums up what was seen."""
        return cls(
            outcome="refused" if seen.stopping else "usable",
            path=path,
            format=seen.format,
            adapter=seen.section["adapter"],
            task=seen.task,
            cases=seen.cases,
            used=seen.used,
            patients=seen.patients,
            classes=seen.classes,
            given_splits=seen.given_splits,
            counts=seen.counts,
            notes=seen.notes,
            findings=tuple(FindingReport.of(finding) for finding in seen.findings.findings),
        )


@dataclass(frozen=True)
class FilesReport:
    """How the raw files differ from those before."""

    added: int
    removed: int
    modified: int
    first: tuple[str, ...]
    """A few of them by name, modified ones before added and removed ones."""

    @classmethod
    def of(cls, change: FolderChange) -> FilesReport:
        """Counts and names a few."""
        names = (*change.modified, *change.added, *change.removed)
        return cls(len(change.added), len(change.removed), len(change.modified), names[:SHOWN])


@dataclass(frozen=True)
class UseReport:
    """What was done to take data."""

    outcome: Literal["taken", "up-to-date"]
    domain: str
    raw: str
    """The raw folder."""
    files: FilesReport
    params: dict[str, Any]
    """Values set in params.yaml, by dotted key."""
    said: tuple[str, ...]
    check: CheckReport = field(repr=False)
