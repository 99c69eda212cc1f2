"""What lies in the data: cases by class and split, and everything that ingestion found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.report.places import Places
from stages.contracts.artifact import read_json
from stages.contracts.findings import SEVERITIES, Finding, Findings
from stages.contracts.manifest import SPLITS, Domain, read_manifest

CASES_SHOWN = 5
FINDINGS_SHOWN = 25
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
class ShownFinding:
    """A finding, with as many case ids as a reader wants to see."""

    severity: str
    kind: str
    message: str
    remedy: str
    cases: tuple[str, ...]
    number: int

    @property
    def hidden(self) -> int:
        """Cases that are not shown."""
        return self.number - len(self.cases)


@dataclass(frozen=True)
class DomainFacts:
    """One domain: what is in use, what is not, and what was found.

    Attributes:
        name: Of the domain.
        computed: False where ingestion has not written it; then only the findings may be there.
        facts: As ingestion wrote them.
        classes: Counts by class.
        totals: Cases by split.
        groups: Patients by split, or groups of near-duplicates.
        excluded: Cases left out, by the kind of finding.
        findings: The most severe first.
        more_findings: How many are not shown.
        file: Where all findings are, below the workspace.
    """

    name: str
    computed: bool
    facts: Domain | None
    classes: tuple[ClassCounts, ...]
    totals: tuple[int, ...]
    groups: tuple[int, ...]
    excluded: tuple[tuple[str, int], ...]
    findings: tuple[ShownFinding, ...]
    more_findings: int
    file: str

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
    order = sorted(places.grid.domains, key=lambda name: name != "target")
    return tuple(_read_domain(places, name) for name in order)


def _read_domain(places: Places, name: str) -> DomainFacts:
    folder = places.ingested(name)
    if not folder.is_dir():
        # Ingestion that stopped at a severe finding leaves only this behind.
        stopped = places.root / ".medgraft" / f"findings-{name}.json"
        found = read_json(Findings, stopped) if stopped.is_file() else Findings(domain=name, findings=())
        shown = _shown(found, re.compile("(?!)"))
        return DomainFacts(
            name,
            False,
            None,
            (),
            (),
            (),
            (),
            shown,
            len(found.findings) - len(shown),
            _below(stopped, places.root),
        )
    facts = read_json(Domain, folder / "domain.json")
    file = folder / "findings.json"
    found = read_json(Findings, file)
    manifest = read_manifest(folder / "manifest.parquet")
    shown = _shown(found, patient_pattern(manifest["patient_id"]))
    used = manifest[manifest["excluded_because"].isna()]
    classes = tuple(
        ClassCounts(label, tuple(facts.counts.get(split, {}).get(label, 0) for split in SPLITS))
        for label in facts.classes
    )
    return DomainFacts(
        name=name,
        computed=True,
        facts=facts,
        classes=classes,
        totals=tuple(sum(facts.counts.get(split, {}).values()) for split in SPLITS),
        groups=tuple(int(used.loc[used["split"] == split, "group_id"].nunique()) for split in SPLITS),
        excluded=tuple(
            (str(kind), int(n))
            for kind, n in manifest["excluded_because"].value_counts().sort_index().items()
        ),
        findings=shown,
        more_findings=len(found.findings) - len(shown),
        file=_below(file, places.root),
    )


def patient_pattern(patients: pd.Series[str]) -> re.Pattern[str]:
    """Matches every patient identifier that stands alone: a path or a message may quote one."""
    known = sorted({str(p) for p in patients.dropna()} - {""}, key=lambda p: (-len(p), p))
    if not known:
        return re.compile("(?!)")
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, known))})(?![^\W_])")


def _shown(found: Findings, patients: re.Pattern[str]) -> tuple[ShownFinding, ...]:
    ranked = sorted(found.findings, key=lambda f: -SEVERITIES.index(f.severity))
    return tuple(_one(finding, patients) for finding in ranked[:FINDINGS_SHOWN])


def _one(finding: Finding, patients: re.Pattern[str]) -> ShownFinding:
    def hidden(text: str) -> str:
        return patients.sub("[patient]", text)

    return ShownFinding(
        severity=finding.severity,
        kind=finding.kind.replace("-", " "),
        message=hidden(finding.message),
        remedy=hidden(finding.remedy),
        cases=tuple(hidden(case) for case in finding.cases[:CASES_SHOWN]),
        number=len(finding.cases),
    )


def _below(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
