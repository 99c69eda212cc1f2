"""What lies in the data: cases by class and split, and everything that ingestion found."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.report.album import ROOM, Album
from pipeline.report.places import Places
from pipeline.report.shown_finding import ShownFinding, show_findings
from stages.contracts.artifact import read_json
from stages.contracts.findings import SEVERITIES, Findings
from stages.contracts.manifest import SPLITS, Domain, read_manifest
from stages.contracts.thumbnails import FOLDER

LONG_TABLE = 12


@dataclass(frozen=True)
class ClassCounts:
    """Cases of one class, in the order of the splits."""

    label: str
    splits: tuple[int, ...]

    @property
    def total(self) -> int:
        """Cases of the class in all splits."""
        return sum(self.splits)


@dataclass(frozen=True)
class DomainFacts:
    """One domain: what is in use, what is not, and what was found.

    Attributes:
        name: Of the domain.
        facts: As ingestion wrote them; None where it has not, and then only findings may be there.
        classes: Counts by class.
        totals: Cases by split.
        groups: Patients by split, or groups of near-duplicates.
        torn: Patients, or groups, in more than one split.
        excluded: Cases left out, by the kind of finding.
        findings: The most severe first.
        all_findings: How many there are, shown or not.
        file: Where all findings are, below the workspace.
    """

    name: str
    facts: Domain | None = None
    classes: tuple[ClassCounts, ...] = ()
    totals: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    torn: int = 0
    excluded: tuple[tuple[str, int], ...] = ()
    findings: tuple[ShownFinding, ...] = ()
    all_findings: int = 0
    file: str = ""

    @property
    def more_findings(self) -> int:
        """How many findings are not shown."""
        return self.all_findings - len(self.findings)

    @property
    def pictures(self) -> int:
        """How many thumbnails are shown."""
        return sum(len(finding.pictures) for finding in self.findings)

    @property
    def long(self) -> bool:
        """Whether the classes are too many to be shown at once."""
        return len(self.classes) > LONG_TABLE

    @property
    def severities(self) -> tuple[tuple[str, int], ...]:
        """How many findings of each severity, the most severe first."""
        return tuple((name, sum(f.severity == name for f in self.findings)) for name in reversed(SEVERITIES))


def read_domains(places: Places) -> tuple[DomainFacts, ...]:
    """Reads every domain of the grid, the target first.

    Raises:
        DataError: If an artifact is damaged.
    """
    domains: list[DomainFacts] = []
    for name in sorted(places.grid.domains, key=lambda name: name != "target"):
        room = ROOM - sum(domain.pictures for domain in domains)
        domains.append(_read_domain(places, name, room))
    return tuple(domains)


def _read_domain(places: Places, name: str, room: int) -> DomainFacts:
    folder = places.ingested(name)
    if not folder.is_dir():
        return _stopped(places, name)
    facts = read_json(Domain, folder / "domain.json")
    file = folder / "findings.json"
    found = read_json(Findings, file)
    manifest = read_manifest(folder / "manifest.parquet")
    used = manifest[manifest["excluded_because"].isna()]
    left_out = manifest["excluded_because"].value_counts().sort_index()
    return DomainFacts(
        name=name,
        facts=facts,
        classes=tuple(
            ClassCounts(label, tuple(facts.counts.get(split, {}).get(label, 0) for split in SPLITS))
            for label in facts.classes
        ),
        totals=tuple(sum(facts.counts.get(split, {}).values()) for split in SPLITS),
        groups=tuple(int(used.loc[used["split"] == split, "group_id"].nunique()) for split in SPLITS),
        torn=_torn(used, "patient_id" if facts.patients_known else "group_id"),
        excluded=tuple((str(kind), int(number)) for kind, number in left_out.items()),
        findings=show_findings(found, manifest["patient_id"], Album(folder / FOLDER, room)),
        all_findings=len(found.findings),
        file=file.relative_to(places.root).as_posix(),
    )


def _stopped(places: Places, name: str) -> DomainFacts:
    """Gives what an ingestion left behind that stopped at a severe finding, or that never ran."""
    file = places.root / ".medgraft" / f"findings-{name}.json"
    found = read_json(Findings, file) if file.is_file() else Findings(domain=name, findings=())
    return DomainFacts(
        name=name,
        findings=show_findings(found, None),
        all_findings=len(found.findings),
        file=file.relative_to(places.root).as_posix(),
    )


def _torn(used: pd.DataFrame, unit: str) -> int:
    """Counts the patients, or groups, that are in more than one split."""
    return int((used.groupby(unit)["split"].nunique() > 1).sum())
