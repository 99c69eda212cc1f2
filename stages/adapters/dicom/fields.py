"""Reads header fields whatever they hold, and names those that identify a patient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset

IDENTIFYING = (
    "AccessionNumber",
    "InstitutionAddress",
    "InstitutionName",
    "InstitutionalDepartmentName",
    "MedicalRecordLocator",
    "NameOfPhysiciansReadingStudy",
    "OperatorsName",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "OtherPatientNames",
    "PatientAddress",
    "PatientBirthDate",
    "PatientBirthName",
    "PatientBirthTime",
    "PatientComments",
    "PatientID",
    "PatientMotherBirthName",
    "PatientName",
    "PatientTelecomInformation",
    "PatientTelephoneNumbers",
    "PerformingPhysicianName",
    "PhysiciansOfRecord",
    "ReferringPhysicianAddress",
    "ReferringPhysicianName",
    "ReferringPhysicianTelephoneNumbers",
    "RequestingPhysician",
    "ResponsiblePerson",
)
"""Of the basic profile of DICOM PS3.15, table E.1-1: fields that name people and places, or number them."""


def text(dataset: Dataset, keyword: str) -> str | None:
    """Gives a field as text without padding; None where it is missing, empty or damaged."""
    value = _value(dataset, keyword)
    return (str(value).strip(" \0") or None) if value is not None else None


def whole(dataset: Dataset, keyword: str) -> int | None:
    """Gives a field as a whole number; None where it is missing or is none."""
    try:
        return int(_value(dataset, keyword))
    except (TypeError, ValueError, OverflowError):
        return None


def reals(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Gives a field of `count` finite numbers; None where it is missing or holds anything else."""
    value = _value(dataset, keyword)
    try:
        numbers = tuple(float(number) for number in ([value] if count == 1 else value))
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def identifiers(dataset: Dataset) -> frozenset[str]:
    """Names what in a header may identify a patient, never its value.

    Private elements may hold anything, and so may text that is burned into the pixels.
    """
    found = {keyword for keyword in IDENTIFYING if text(dataset, keyword) not in (None, "[]")}
    if text(dataset, "BurnedInAnnotation") == "YES":
        found.add("BurnedInAnnotation")
    if any(tag.is_private for tag in dataset.keys()):  # noqa: SIM118 - iterating would decode every value
        found.add("private elements")
    return frozenset(found)


def _value(dataset: Dataset, keyword: str) -> Any:
    try:
        return dataset.get(keyword)
    except Exception:  # values are decoded when asked for, and a wrong VR may fail in any way
        return None
