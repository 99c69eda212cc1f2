"""Checks of the whole domain: patients, splits and near-duplicates."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from stages.components.cases.near_duplicate import has_neighbour, parse_hashes
from stages.components.findings.screening import find, only, some
from stages.contracts.findings import Finding, Severity

LARGE_GROUP = 0.1
"""Share of the cases in use above which a group is worth a warning."""


def missing_splits(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds cases without a split among given splits."""
    missing = only(table, table["split"].isna())
    if len(missing):
        message = f"{some(len(missing))} without a split among given splits, left out"
        yield find("missing-split", "warning", message, list(missing.index), "complete the splits")


def patients_in_two_splits(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds patients whom the given splits put on both sides."""
    known = only(table, table["patient_id"].notna())
    torn = known[known.groupby("patient_id")["split"].transform("nunique") > 1]
    if len(torn):
        patients = torn["patient_id"].nunique()
        message = f"{some(patients, 'patient')} in more than one split: the test would not be independent"
        remedy = "correct the splits, or drop the adapter's `split` to have them made by patient"
        yield find("patient-in-two-splits", "severe", message, list(torn.index), remedy)


def unknown_patients(table: pd.DataFrame) -> Iterator[Finding]:
    """Says where the unit of splitting is not the patient."""
    unknown = only(table, table["patient_id"].isna())
    drawn = bool(table["shape"].isna().all())  # by a formula, from no patient
    if len(unknown) and not drawn:
        every = "the" if len(unknown) == len(table) else f"{len(unknown)} of {len(table)}"
        groups = unknown["group_id"].value_counts()
        message = (
            f"patients of {every} cases are unknown: {some(len(groups), 'group')} of (near-)duplicates "
            f"stand for them, with at most {some(int(groups.iloc[0]))} in one"
        )
        remedy = "name the column that holds the patient, if there is one"
        yield find("patients-unknown", "note", message, (), remedy)


def large_groups(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds groups so large that the shares of the splits depend on where they fall."""
    sizes = table["group_id"].value_counts()
    large = sizes[sizes > max(LARGE_GROUP * len(table), 2)]
    if len(large):
        share = f"{large.iloc[0]} of {len(table)} cases"
        message = f"one group that stays together holds {share}: the splits will be lopsided"
        cases = list(table.index[table["group_id"] == large.index[0]])
        remedy = (
            "if it is no single patient, lower `near_duplicate_bits` (perceptual hashes differ by 2, 4, ...)"
        )
        yield find("large-group", "warning", message, cases, remedy)


def near_duplicates_across(table: pd.DataFrame, bits: int) -> Iterator[Finding]:
    """Finds validation and test cases that closely resemble a case of training.

    Where patients are known it is a note: two patients may look alike.
    """
    hashed = table["cluster"].notna()
    shared = only(table, hashed & table.duplicated("cluster", keep=False))
    if not len(shared):
        return
    held_out = shared[shared["split"].isin(["val", "test"])]
    near = held_out[_resembles_training(shared, held_out, bits)]
    if len(near):
        splits = table.loc[hashed, "split"]
        both = [(name, sum(near["split"] == name), sum(splits == name)) for name in ("val", "test")]
        shares = " and ".join(f"{found} of {total} in {name}" for name, found, total in both)
        message = f"cases that resemble one of training (perceptual hash within {bits} bits): {shares}"
        severity: Severity = "note" if bool(near["patient_id"].notna().all()) else "warning"
        remedy = "take the figures as optimistic, or have the splits made by group"
        yield find("near-duplicates", severity, message, list(near.index), remedy)


def _resembles_training(shared: pd.DataFrame, held_out: pd.DataFrame, bits: int) -> pd.Series[bool]:
    """Compares within clusters that reach into training: neighbours are never in two clusters."""
    found = pd.Series(False, index=held_out.index)
    training = shared[shared["split"] == "train"]
    torn = held_out[held_out["cluster"].isin(training["cluster"].unique())]
    among = training[training["cluster"].isin(torn["cluster"].unique())].groupby("cluster")["perceptual_hash"]
    kept = {name: parse_hashes(list(texts)) for name, texts in among}
    for name, cases in torn.groupby("cluster"):
        found[cases.index] = has_neighbour(parse_hashes(list(cases["perceptual_hash"])), kept[name], bits)
    return found
