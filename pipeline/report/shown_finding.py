"""Findings as the report shows them: a few case ids, and no patient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.report.album import Album
from stages.contracts.findings import SEVERITIES, Finding, Findings

CASES_SHOWN = 5
FINDINGS_SHOWN = 25
HIDDEN = "[patient]"


@dataclass(frozen=True)
class ShownFinding:
    """A finding, with as many case ids as a reader wants to see."""

    severity: str
    kind: str
    message: str
    remedy: str
    cases: tuple[str, ...]
    number: int
    pictures: tuple[tuple[str, str], ...] = ()
    """Names of cases, and the addresses of their thumbnails."""

    @property
    def hidden(self) -> int:
        """Cases that are not shown."""
        return self.number - len(self.cases)


def show_findings(
    found: Findings, patients: pd.Series[str] | None, album: Album | None = None
) -> tuple[ShownFinding, ...]:
    """Chooses what to show of some findings, the most severe first.

    Args:
        found: All of them.
        patients: Every patient identifier of the domain, which a path or a message may quote. Where
            they are not known, no case id is shown: any of them may be a patient's name.
        album: Thumbnails of the cases.
    """
    ranked = sorted(found.findings, key=lambda f: -SEVERITIES.index(f.severity))[:FINDINGS_SHOWN]
    most = 0 if patients is None else CASES_SHOWN
    pictures = [album.take(finding.printable) if album and most else {} for finding in ranked]
    shown = [(f.message, f.remedy, *f.printable[:most], *p) for f, p in zip(ranked, pictures, strict=True)]
    pattern = patient_pattern("\n".join(text for texts in shown for text in texts), patients)
    return tuple(
        _show(finding, pattern, most, addresses) for finding, addresses in zip(ranked, pictures, strict=True)
    )


def patient_pattern(said: str, patients: pd.Series[str] | None) -> re.Pattern[str]:
    """Matches every patient identifier that stands alone in a text."""
    if patients is None:
        return re.compile("(?!)")
    quoted = {name for name in map(str, patients.dropna().unique()) if name and name in said}
    if not quoted:
        return re.compile("(?!)")
    longest_first = sorted(quoted, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])")


def _show(
    finding: Finding, patients: re.Pattern[str], most: int, addresses: Mapping[str, str]
) -> ShownFinding:
    return ShownFinding(
        severity=finding.severity,
        kind=finding.kind.replace("-", " "),
        message=patients.sub(HIDDEN, finding.message),
        remedy=patients.sub(HIDDEN, finding.remedy),
        cases=tuple(patients.sub(HIDDEN, case) for case in finding.printable[:most]),
        number=len(finding.cases),
        pictures=tuple((patients.sub(HIDDEN, case), address) for case, address in addresses.items()),
    )
