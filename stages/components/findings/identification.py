"""Looks for what identifies patients: in header fields, and in the names of the cases themselves.

Neither finding repeats what it found: fields are named without their values, and cases whose names
are suspicious are listed in the findings file alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Set

import pandas as pd

from stages.components.findings.screening import find, some
from stages.contracts.findings import Finding

FIELDS = 12
"""So many header fields are named in a message."""
HASH_DIGITS = 16
"""A hexadecimal word of this length with letters in it is a hash, whatever digits it holds."""
LONGEST_HASH = 128
"""Hexadecimal digits of the longest hash in use (SHA-512)."""
LONGEST = 1024
"""So many characters of a name are looked at."""
COUNTER = 20
"""So many numbers that lie close together are a counter."""

MAYBE = r"[0-9]{2}[-_.][0-9]{2}|[1-9][0-9]{6}|\^"
"""What every name with a date, a number or a person holds: quick to look for in all of them."""
_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
# Neither starts or ends within a dotted number: the parts of a DICOM UID are no dates and no numbers.
_ALONE, _END = r"(?<![0-9])(?<![0-9]\.)", r"(?![0-9])(?!\.[0-9])"
DATE = re.compile(
    rf"{_ALONE}(?:{_YEAR}([-_.]){_MONTH}\1{_DAY}|{_DAY}([-_.]){_MONTH}\2{_YEAR}|{_MONTH}([-_.]){_DAY}\3{_YEAR}){_END}"
)
NUMBER = re.compile(rf"{_ALONE}0*([1-9][0-9]{{6,}}){_END}")
PERSON = re.compile(r"[^\W\d_]{2}\^[^\W\d_]")
HEXADECIMAL = re.compile("[0-9a-f]+|[0-9A-F]+")
BETWEEN = re.compile("[^0-9A-Za-z]")


def header_identifiers(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds headers with fields that identify a patient."""
    identified = table["identifiers"].dropna()
    if len(identified):
        fields = Counter[str]()
        for names, number in identified.value_counts().items():
            fields.update(dict.fromkeys(str(names).split(", "), int(number)))
        ordered = sorted(fields.items(), key=lambda field: (-field[1], field[0]))
        shown = ", ".join(f"{name} ({number})" for name, number in ordered[:FIELDS])
        more = f" and {len(ordered) - FIELDS} more" if len(ordered) > FIELDS else ""
        message = f"{some(len(identified))} with headers that identify the patient: {shown}{more}"
        remedy = "de-identify the files before they leave the hospital; no value was taken over from them"
        yield find("identifiers", "warning", message, list(identified.index), remedy)


def identifying_names(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds cases whose names hold a date, a number as long as a record number, or a person's name.

    A counter such as `001234`, a hash and a DICOM UID are none of these.
    """
    maybe = table.index[table.index.str.contains(MAYBE)].tolist()
    held = {
        "a person's name": [case for case in maybe if PERSON.search(case, 0, LONGEST)],
        "a date": [case for case in maybe if DATE.search(case, 0, LONGEST)],
        "a long number": _numbered(maybe, table.index),
    }
    cases = sorted({case for found in held.values() for case in found})
    if cases:
        counts = ", ".join(f"{what} ({len(found)})" for what, found in held.items() if found)
        message = (
            f"{some(len(cases), 'name')} of cases may identify a patient (findings.json lists them): {counts}"
        )
        remedy = "rename the files by pseudonyms: the names of cases stand in manifests, logs and reports"
        yield find("identifier-in-name", "warning", message, cases, remedy)


def _numbered(maybe: list[str], names: pd.Index[str]) -> list[str]:
    """Gives the names, of those that may be one, with a number that is no counter and no piece of a hash."""
    found = [
        (case, int(hit[1]), _word(case, hit)) for case in maybe for hit in NUMBER.finditer(case, 0, LONGEST)
    ]
    lengths = Counter(len(word) for _, _, word in found if HEXADECIMAL.fullmatch(word))
    hashed = {length for length, hits in lengths.items() if hits * 2 < _hexadecimal(names, length)}
    kept = [(case, number) for case, number, word in found if not _of_hash(word, hashed)]
    numbers = {number for _, number in kept}
    if len(numbers) >= COUNTER and max(numbers) - min(numbers) < 2 * len(numbers):
        return []
    return list(dict.fromkeys(case for case, _ in kept))


def _word(name: str, hit: re.Match[str]) -> str:
    """Gives the whole word of ASCII letters and digits that a number stands in."""
    start, end = hit.span()
    if not name[max(0, start - 1) : start].isalnum() and not name[end : end + 1].isalnum():
        return hit[0]
    return BETWEEN.split(name[:start])[-1] + hit[0] + BETWEEN.split(name[end:LONGEST], 1)[0]


def _of_hash(word: str, hashed: Set[int]) -> bool:
    """Tells whether a word is hexadecimal and as long as hashes, or longer than a number would be."""
    if len(word) in hashed:
        return HEXADECIMAL.fullmatch(word) is not None
    return len(word) >= HASH_DIGITS and not word.isdigit() and HEXADECIMAL.fullmatch(word) is not None


def _hexadecimal(names: pd.Index[str], length: int) -> int:
    """Counts the names with a hexadecimal word of a length, if a hash may be so long."""
    if length > LONGEST_HASH:
        return 0
    word = f"(?:[0-9a-f]{{{length}}}|[0-9A-F]{{{length}}})"
    return int(names.str.contains(f"(?:^|[^0-9A-Za-z]){word}(?:[^0-9A-Za-z]|$)").sum())
