"""Findings as the report shows them: a few case ids, and no patient."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

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

    @property
    def hidden(self) -> int:
        """Cases that are not shown."""
        return self.number - len(self.cases)


def show_findings(found: Findings, patients: pd.Series[str] | None) -> tuple[ShownFinding, ...]:
    """Chooses what to show of some findings, the most severe first.

    Args:
        found: All of them.
        patients: Every patient identifier of the domain, which a path or a message may quote. Where
            they are not known, no case id is shown: any of them may be a patient's name.
    """
    ranked = sorted(found.findings, key=lambda f: -SEVERITIES.index(f.severity))[:FINDINGS_SHOWN]
    pattern = patient_pattern(ranked, patients)
    return tuple(_show(finding, pattern, 0 if patients is None else CASES_SHOWN) for finding in ranked)


def patient_pattern(findings: list[Finding], patients: pd.Series[str] | None) -> re.Pattern[str]:
    """Matches every patient identifier that stands alone in these findings."""
    if patients is None:
        return re.compile("(?!)")
    said = "\n".join(text for f in findings for text in (f.message, f.remedy, *f.printable[:CASES_SHOWN]))
    quoted = {name for name in map(str, patients.dropna().unique()) if name and name in said}
    if not quoted:
        return re.compile("(?!)")
    longest_first = sorted(quoted, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])")


def _show(finding: Finding, patients: re.Pattern[str], most: int) -> ShownFinding:
    return ShownFinding(
        severity=finding.severity,
        kind=finding.kind.replace("-", " "),
        message=patients.sub(HIDDEN, finding.message),
        remedy=patients.sub(HIDDEN, finding.remedy),
        cases=tuple(patients.sub(HIDDEN, case) for case in finding.printable[:most]),
        number=len(finding.cases),
    )
