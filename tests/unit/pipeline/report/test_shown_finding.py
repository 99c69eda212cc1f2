"""Findings: a few cases, and no patient."""

from __future__ import annotations

import pandas as pd

from pipeline.report.shown_finding import CASES_SHOWN, FINDINGS_SHOWN, show_findings
from stages.contracts.findings import Finding, Findings, Severity


def finding(severity: Severity = "note", message: str = "m", cases: tuple[str, ...] = ()) -> Finding:
    return Finding(kind="some-kind", severity=severity, message=message, cases=cases, remedy="r")


def shown(*findings: Finding, patients: list[str | None] | None) -> list[tuple[str, tuple[str, ...]]]:
    series = None if patients is None else pd.Series(patients, dtype="string")
    return [(f.message, f.cases) for f in show_findings(Findings(domain="target", findings=findings), series)]


def test_the_most_severe_comes_first_and_the_list_ends_somewhere() -> None:
    many = [finding("note")] * FINDINGS_SHOWN + [finding("severe", "bad")]
    texts = shown(*many, patients=[])
    assert texts[0][0] == "bad"
    assert len(texts) == FINDINGS_SHOWN


def test_only_a_few_cases_are_shown() -> None:
    (text,) = shown(finding(cases=tuple(f"c{k}" for k in range(9))), patients=[None])
    assert len(text[1]) == CASES_SHOWN


def test_a_patient_in_a_path_or_a_message_is_hidden() -> None:
    (text,) = shown(
        finding(message="0042 and A-7 differ; 42 cases", cases=("0042/scan_A-7.png",)),
        patients=["0042", "A-7", "A-71", None],
    )
    assert text == ("[patient] and [patient] differ; 42 cases", ("[patient]/scan_[patient].png",))


def test_a_longer_word_is_no_patient() -> None:
    (text,) = shown(finding(message="2999 cases in class yes9"), patients=["9", "29"])
    assert text[0] == "2999 cases in class yes9"


def test_where_patients_are_not_known_yet_no_case_is_shown() -> None:
    (text,) = shown(finding(cases=("0042/scan.png",)), patients=None)
    assert text[1] == ()


def test_cases_whose_names_are_the_finding_are_not_shown() -> None:
    hidden = Finding(
        kind="identifier-in-name", severity="warning", message="m", cases=("DOE^JOHN",), remedy="r"
    )
    ((_, cases),) = shown(hidden, patients=[None])
    assert cases == ()
