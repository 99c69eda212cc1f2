from __future__ import annotations

import pandas as pd
import pytest

from stages.components.findings.records import alike, unmeasured
from stages.contracts.findings import Finding

Row = tuple[str, str, str | None, str]


def found(*rows: Row) -> dict[str, Finding]:
    """Runs the check on rows of content, split, patient and label."""
    names = ["content_sha256", "split", "patient_id", "label"]
    table = pd.DataFrame(rows, columns=names, index=[f"c{number}" for number in range(len(rows))])
    return {finding.kind: finding for finding in alike(table)}


def test_different_records_are_no_finding() -> None:
    assert found(("x", "train", None, "a"), ("y", "test", None, "a")) == {}


@pytest.mark.parametrize("patients", [(None, None), ("p", "q"), ("p", "p"), ("p", None)])
def test_equal_records_of_one_split_stay(patients: tuple[str | None, str | None]) -> None:
    finding = found(*(("x", "train", patient, "a") for patient in patients))["alike"]
    assert (finding.cases, finding.severity) == (("c0", "c1"), "note")
    assert finding.message == "2 records equal to another one in every value; kept"


def test_equal_records_of_different_patients_stay_even_across_splits_and_labels() -> None:
    finding = found(("x", "train", "p", "a"), ("x", "test", "q", "b"), ("x", "val", "r", "a"))["alike"]
    assert finding.cases == ("c0", "c1", "c2")
    assert "3 of them under another label" in finding.message


@pytest.mark.parametrize("patients", [(None, None, None), ("p", None, "q")])
def test_an_equal_record_in_an_earlier_split_is_left_out_where_a_patient_is_unknown(
    patients: tuple[str | None, ...],
) -> None:
    splits = ("train", "test", "val")
    findings = found(*(("x", split, patient, "a") for split, patient in zip(splits, patients, strict=True)))
    assert findings.keys() == {"exact-duplicate"}
    assert (findings["exact-duplicate"].cases, findings["exact-duplicate"].severity) == (
        ("c0", "c2"),
        "warning",
    )


def test_what_stays_is_told_beside_what_is_left_out() -> None:
    findings = found(("x", "train", None, "a"), ("x", "test", None, "a"), ("x", "test", None, "b"))
    assert findings["exact-duplicate"].cases == ("c0",)
    assert findings["alike"].cases == ("c1", "c2")


def test_features_without_a_value_are_named() -> None:
    assert list(unmeasured(pd.DataFrame(), ())) == []
    (finding,) = unmeasured(pd.DataFrame(), ("chol",))
    assert (finding.message, finding.severity) == ("1 feature without a single value: chol", "warning")
    (finding,) = unmeasured(pd.DataFrame(), tuple("abcdefghijkl"))
    assert finding.message == "12 features without a single value: a, b, c, d, e, f, g, h, i, j and 2 more"
