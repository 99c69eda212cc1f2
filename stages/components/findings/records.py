"""Checks of records: what holds of images does not always hold of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from stages.components.findings.screening import find, only, some
from stages.contracts.findings import Finding


def alike(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds records that are equal in every value.

    Equal pixels are a copy; equal records may well be two patients, above all where a table has few
    columns, and each of them counts, under whatever label. So they stay, with one exception: where a
    patient is unknown they may be one person, and what lies in an earlier split than its equal is left out,
    so that the test is independent. Splits that are made here keep such records together anyway.
    """
    equal = only(table, table.duplicated("content_sha256", keep=False))
    content = equal["content_sha256"]
    rank = equal["split"].map({"test": 0, "val": 1, "train": 2})
    unknown = equal["patient_id"].isna().groupby(content).transform("any")
    across = equal[unknown & (rank > rank.groupby(content).transform("min"))]
    if len(across):
        message = f"{some(len(across), 'record')} equal to one in a later split, perhaps of the same patient"
        remedy = "name the column with the patient, and those of different patients stay"
        yield find("exact-duplicate", "warning", f"{message}; left out", list(across.index), remedy)
    kept = equal.drop(across.index)
    kept = kept[kept.duplicated("content_sha256", keep=False)]
    if len(kept):
        torn = int((kept.groupby("content_sha256")["label"].transform("nunique") > 1).sum())
        labels = f", {torn} of them under another label" if torn else ""
        message = f"{some(len(kept), 'record')} equal to another one in every value{labels}; kept"
        remedy = "nothing, if they are of different patients; else delete what was entered twice"
        yield find("alike", "note", message, list(kept.index), remedy)


def unmeasured(table: pd.DataFrame, features: Sequence[str]) -> Iterator[Finding]:  # noqa: ARG001 - of all cases
    """Finds features that no record has a value of."""
    if features:
        named = ", ".join(features[:10]) + (f" and {len(features) - 10} more" if features[10:] else "")
        message = f"{some(len(features), 'feature')} without a single value: {named}"
        remedy = "nothing, if it was not measured here; else correct `missing`, or `drop` it"
        yield find("unmeasured", "warning", message, (), remedy)
