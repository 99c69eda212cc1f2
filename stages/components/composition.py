"""Checks of the whole domain: patients, splits, near-duplicates and classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from stages.components.near_duplicate import has_neighbour, parse_hashes
from stages.components.screening import find, some
from stages.contracts.findings import Finding, Severity
from stages.contracts.manifest import SPLITS

LARGE_GROUP = 0.1
"""Share of the cases in use above which a group is worth a warning."""


def missing_splits(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds cases without a split among given splits."""
    missing = table[table["split"].isna()]
    if len(missing):
        message = f"{some(len(missing))} without a split among given splits, left out"
        yield find("missing-split", "warning", message, list(missing.index), "complete the splits")


def patients_in_two_splits(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds patients whom the given splits put on both sides."""
    known = table[table["patient_id"].notna()]
    torn = known[known.groupby("patient_id")["split"].transform("nunique") > 1]
    if len(torn):
        patients = torn["patient_id"].nunique()
        message = f"{some(patients, 'patient')} in more than one split: the test would not be independent"
        remedy = "correct the splits, or drop the adapter's `split` to have them made by patient"
        yield find("patient-in-two-splits", "severe", message, list(torn.index), remedy)


def unknown_patients(table: pd.DataFrame) -> Iterator[Finding]:
    """Says where the unit of splitting is not the patient."""
    unknown = table[table["patient_id"].isna()]
    drawn = bool(table["perceptual_hash"].isna().all())  # by a formula, from no patient
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
    hashed = table[table["perceptual_hash"].notna()]
    held_out = hashed[hashed["split"].isin(["val", "test"])]
    near = held_out[_resembles_training(hashed, held_out, bits)]
    if len(near):
        both = [
            (name, sum(near["split"] == name), sum(held_out["split"] == name)) for name in ("val", "test")
        ]
        shares = " and ".join(f"{found} of {total} in {name}" for name, found, total in both)
        message = f"cases that resemble one of training (perceptual hash within {bits} bits): {shares}"
        severity: Severity = "note" if bool(near["patient_id"].notna().all()) else "warning"
        remedy = "take the figures as optimistic, or have the splits made by group"
        yield find("near-duplicates", severity, message, list(near.index), remedy)


def _resembles_training(hashed: pd.DataFrame, held_out: pd.DataFrame, bits: int) -> pd.Series[bool]:
    """Compares within clusters that reach into training: neighbours are never in two clusters."""
    found = pd.Series(False, index=held_out.index)
    shared = hashed[hashed.duplicated("cluster", keep=False)]
    training = shared[shared["split"] == "train"]
    torn = held_out[held_out["cluster"].isin(training["cluster"].unique())]
    among = training[training["cluster"].isin(torn["cluster"].unique())].groupby("cluster")["perceptual_hash"]
    kept = {name: parse_hashes(list(texts)) for name, texts in among}
    for name, cases in torn.groupby("cluster"):
        found[cases.index] = has_neighbour(parse_hashes(list(cases["perceptual_hash"])), kept[name], bits)
    return found


def class_sizes(
    table: pd.DataFrame, classes: Sequence[str], wanted: Sequence[str], least: int
) -> Iterator[Finding]:
    """Finds classes with too few cases, or with none in a split, and counts the others."""
    counts = count(table, classes)
    asked = {*wanted, *counts}
    more = "add cases, merge or drop the class, or lower `min_cases_per_class`"
    if len(classes) < 2:
        message = f"there is only {some(len(classes), 'class')}"
        yield find("single-class", "severe", message, (), "add another class")
    sizes = table["label"].value_counts()
    for name in classes:
        size = int(sizes.get(name, 0))
        absent = [split for split in SPLITS if split in asked and not counts.get(split, {}).get(name)]
        if size < least:
            message, remedy = f"class '{name}' has {some(size)}; {least} are asked for", more
        elif absent:
            message = f"class '{name}' has {some(size)}, none of them in {' or '.join(absent)}"
            remedy = "add cases of more patients, try another `split.salt`, or give splits"
        else:
            continue
        cases = list(table.index[table["label"] == name])
        yield find("class-too-small", "severe", message, cases, remedy)
    yield find("class-counts", "note", _counted(counts), (), "nothing")


def _counted(counts: dict[str, dict[str, int]]) -> str:
    total = sum(sum(by_class.values()) for by_class in counts.values())
    parts = []
    for name, by_class in counts.items():
        if len(by_class) > 10:
            low, high = min(by_class.values()), max(by_class.values())
            parts.append(f"{name}: {low} to {high} of each of {len(by_class)} classes")
        else:
            parts.append(f"{name}: " + ", ".join(f"{number} {label}" for label, number in by_class.items()))
    return f"{some(total)} in use ({'; '.join(parts)})"


def count(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts cases by split and class, in the order of both; splits without a case are left out."""
    counts = table.groupby(["split", "label"]).size().to_dict()
    present = set(table["split"].unique())
    return {
        split: {name: int(counts.get((split, name), 0)) for name in classes}
        for split in SPLITS
        if split in present
    }
