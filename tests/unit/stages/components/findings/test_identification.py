"""Identifiers are found in headers and in names, and never repeated."""

from __future__ import annotations

import hashlib
import time
import uuid

import pytest

from stages.components.findings.identification import header_identifiers, identifying_names
from tests.unit.stages.checked_table import examined


def named(*names: str) -> tuple[str, ...]:
    """Gives the names that are found suspicious."""
    return tuple(case for found in identifying_names(examined(list(names))) for case in found.cases)


def test_header_fields_are_counted_by_name() -> None:
    fields = ["PatientBirthDate, PatientName", None, "PatientName", "PatientName"]
    (found,) = header_identifiers(examined(4, identifiers=fields))
    assert (found.kind, found.severity) == ("identifiers", "warning")
    assert found.cases == ("0000.png", "0002.png", "0003.png")
    assert (
        found.message
        == "3 cases with headers that identify the patient: PatientName (3), PatientBirthDate (1)"
    )


def test_headers_without_identifiers_are_no_finding() -> None:
    assert list(header_identifiers(examined(4))) == []


@pytest.mark.parametrize(
    "name",
    [
        "DOE^JOHN.dcm",
        "Müller^Jörg/1.png",
        "scan_1961-03-12.png",
        "12.03.1961/thorax.png",
        "03-25-1961.png",
        "x_1961_03_12_y.png",
        "4711081.png",
        "MRN4711081.png",
        "4711081a.png",
        "ward/004711081/1.png",
        "thorax_19610312.png",
    ],
)
def test_a_name_that_may_identify_a_patient_is_found(name: str) -> None:
    assert named(name, "no/001.png") == (name,)


@pytest.mark.parametrize(
    "name",
    [
        "001234.png",
        "000000397133.jpg",
        "000000397133_12-12.jpg",
        "yes/Y12.jpg",
        "jane_doe.png",
        "chest_xray_1.png",
        "640x480.png",
        "scan-2020-13-45.png",
        "2020.png",
        "x^2.png",
        "0.12345678.png",
        "1.2.840.113619.2.5.1762583153.215519.978957063.78",
        "1.2.840.2019.12.11.4/1.dcm",
        "d41d8cd98f00b204e9800998ecf8427e.png",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709.png",
        "a" * 100_000 + ".png",
        "0" * 100_000 + ".png",
    ],
)
def test_another_name_is_not(name: str) -> None:
    started = time.perf_counter()
    assert named(name, "no/001.png") == ()
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", ["1" * 5_000, "9" * 1_010 + "ab", "1a" * 50_000, "a1234567" * 10_000])
def test_a_hostile_name_takes_no_time(name: str) -> None:
    started = time.perf_counter()
    named(name, "no/001.png")
    assert time.perf_counter() - started < 1


def test_numbers_that_follow_one_another_are_a_counter() -> None:
    assert named(*(f"img_{number}.png" for number in range(1_000_000, 1_000_050))) == ()
    assert len(named(*(f"img_{number * 977}.png" for number in range(2_000, 2_050)))) == 50


def test_digits_of_hashes_are_no_numbers() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(400)]
    assert any(digest[:8].isdigit() for digest in digests)
    assert named(*(f"png/{digest[:8]}.png" for digest in digests)) == ()
    assert named(*(f"{uuid.UUID(digest[:32])}.png" for digest in digests)) == ()


def test_numbers_behind_a_letter_are_no_hashes() -> None:
    names = [f"a{number * 977}.png" for number in range(2_000, 2_030)]
    assert named(*names, *(f"{number:03d}.png" for number in range(100))) == tuple(names)


def test_the_message_says_how_many_and_not_who() -> None:
    (found,) = identifying_names(examined(["DOE^JOHN_4711081.png", "4711082.png", "a.png"]))
    assert (found.kind, found.severity, len(found.cases)) == ("identifier-in-name", "warning", 2)
    said = str(found.as_error("raw"))
    assert "a person's name (1), a long number (2)" in said
    assert not any(secret in said for secret in ("DOE", "471108"))
