"""Leaves out the cases of whoever withdrew."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pandas as pd

from stages.components.findings.screening import find, some
from stages.contracts.findings import Finding
from stages.contracts.withdrawal import KIND, Subject, withdrawn_key

_COLUMNS: dict[Subject, str] = {"patient": "patient_id", "content": "content_sha256"}


def withdrawn(table: pd.DataFrame, keys: Collection[str], salt: str, *, copies: bool) -> Iterator[Finding]:
    """Finds cases that are not to be used any more.

    Args:
        table: The cases in use.
        keys: As `withdrawn_key` makes them.
        salt: That they were made with.
        copies: Whether equal content is the same case: of images, not of records.
    """
    gone = pd.Series([withdrawn_key("case", name, salt) in keys for name in table.index], table.index)
    for subject, column in _COLUMNS.items():
        names = {
            name for name in table[column].dropna().unique() if withdrawn_key(subject, name, salt) in keys
        }
        gone |= table[column].isin(names)
    if copies:
        gone |= table["content_sha256"].isin(table.loc[gone, "content_sha256"].dropna())
    if not gone.any():
        many = some(len(keys), "withdrawn key")
        message = f"none of {many} is that of a case: whoever withdrew may be in use again"
        remedy = "set `split.salt` back, or remove the keys of cases whose raw data are erased"
        yield find("withdrawn-unmatched", "warning", message, (), remedy)
    else:
        message = f"{some(int(gone.sum()))} withdrawn, left out"
        remedy = "nothing; delete the raw data too where they must be erased"
        yield find(KIND, "note", message, list(table.index[gone]), remedy)
