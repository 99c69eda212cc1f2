"""Checks of single cases and of copies: each gives the findings it makes, and what they exclude.

A check takes the cases still in use: one row each, with the columns of the manifest and of
`Examination`. `screen` runs checks one after the other, so that a case is excluded for one reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from stages.contracts.findings import Finding, Severity
from stages.contracts.withdrawal import KIND

Check = Callable[[pd.DataFrame], Iterator[Finding]]

EXCLUDING = frozenset(
    {
        "unreadable",
        "not-finite",
        "constant",
        "missing-mask",
        "mask-mismatch",
        "mask-values",
        "missing-label",
        "unknown-label",
        "missing-split",
        "label-conflict",
        "exact-duplicate",
        "no-image",
        "irregular-spacing",
        "repeated-slice",
        KIND,
    }
)
FLAWS = {
    "unreadable": (
        "cannot be read",
        "replace it by an intact file of a format that is read, or delete it",
    ),
    "not-finite": ("holds values that are no numbers", "export it again, without NaN or infinity"),
    "constant": ("is of one single value", "replace it by the real one, or delete it"),
    "missing-mask": ("has no mask", "add the mask, or remove the image"),
    "mask-mismatch": ("does not lie where its mask does", "export image and mask on the same grid"),
    "mask-values": ("has a mask with impossible values", "export the mask with one whole number per class"),
    "no-image": ("holds no image", "nothing, or delete it"),
    "irregular-spacing": (
        "is a volume with slices missing or unevenly spaced",
        "export the whole series again, or delete it",
    ),
    "repeated-slice": (
        "is a volume with several slices at one place",
        "delete copies; part a series of several echoes or times into one series for each",
    ),
}


def screen(table: pd.DataFrame, checks: Sequence[Check]) -> tuple[pd.DataFrame, list[Finding]]:
    """Runs checks in their order.

    Args:
        table: One row per case, indexed by `case_id`, with `excluded_because`.
        checks: What to look for.

    Returns:
        The table with `excluded_because` filled in, and the findings.
    """
    table, findings = table.copy(), []
    used = in_use(table)
    for check in checks:
        found = list(check(used))
        findings += found
        for finding in found:
            if finding.kind in EXCLUDING:
                table.loc[list(finding.cases), "excluded_because"] = finding.kind
        if any(finding.kind in EXCLUDING for finding in found):
            used = in_use(table)
    return table, findings


def in_use(table: pd.DataFrame) -> pd.DataFrame:
    """Gives the cases that nothing has excluded."""
    return only(table, table["excluded_because"].isna())


def only(table: pd.DataFrame, wanted: pd.Series[bool]) -> pd.DataFrame:
    """Gives some of the cases; where it is all of them or none, as for most checks, none is copied."""
    if wanted.all():
        return table
    return table[wanted] if wanted.any() else table.iloc[:0]


def find(kind: str, severity: Severity, message: str, cases: Sequence[str], remedy: str) -> Finding:
    """Makes a finding with its cases in order."""
    return Finding(kind=kind, severity=severity, message=message, cases=tuple(sorted(cases)), remedy=remedy)


def some(count: int, noun: str = "case") -> str:
    """Counts in words that fit the number, such as `1 case` and `2 cases`."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{ending}"


def flaws(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds what cannot be decoded, is not finite or is constant."""
    known = only(table, table["flaw"].notna())
    for kind, (what, remedy) in FLAWS.items() if len(known) else ():
        flawed = known[known["flaw"] == kind]
        if len(flawed):
            first, more = flawed.iloc[0], len(flawed) - 1
            others = f"; {more} more likewise" if more else ""
            message = f"'{flawed.index[0]}' {what} and is left out: {first['reason']}{others}"
            yield find(kind, "warning", message, list(flawed.index), remedy)


def misnamed(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds files whose extension tells another format than their content."""
    wrong = only(table, table["misnamed"].notna())
    for real, cases in wrong.groupby("misnamed") if len(wrong) else ():
        message = f"{some(len(cases), 'file')} hold {real}, not what the extension says; read by content"
        yield find("wrong-extension", "note", message, list(cases.index), "rename them, if you like")


def label_conflicts(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds the same pixels under different labels or masks; nobody can tell which one is right."""
    copies = only(table, table.duplicated("content_sha256", keep=False))
    if not len(copies):
        return
    answers = copies["label"].fillna("") + copies["mask_sha256"].fillna("")
    conflict = copies[answers.groupby(copies["content_sha256"]).transform("nunique") > 1]
    if len(conflict):
        first = conflict.index[conflict["content_sha256"] == conflict["content_sha256"].iloc[0]]
        message = (
            f"the same image under different labels: '{first[0]}' and '{first[1]}'; "
            f"all {some(len(conflict), 'such case')} left out"
        )
        yield find("label-conflict", "warning", message, list(conflict.index), "find the right label")


def exact_duplicates(table: pd.DataFrame, given_splits: bool) -> Iterator[Finding]:
    """Finds further copies of the same pixels.

    The copy that stays is one of the test, else of the validation, else the first by name: an image
    of the test is never trained on, and one that was tested yesterday is not trained on tomorrow.
    Within a validation or test split that came with the data, copies stay: it is to be comparable.
    """
    repeated = only(table, table.duplicated("content_sha256", keep=False))
    if not len(repeated):
        return
    rank = repeated["split"].map({"test": 0, "val": 1, "train": 2})
    ordered = repeated.assign(rank=rank).sort_values(["rank", "case_id"], kind="stable")
    copies = ordered[ordered.duplicated("content_sha256")]
    first = ordered.groupby("content_sha256")["split"].transform("first")[copies.index]
    across = copies[copies["split"] != first]
    within = copies[copies["split"] == first]
    if given_splits:
        kept = within[within["split"] != "train"]
        within = within[within["split"] == "train"]
        if len(kept):
            message = f"{some(len(kept))} of the same pixels as another one of the given val or test; kept"
            yield find("repeated", "note", message, list(kept.index), "nothing")
    if len(across):
        message = f"{some(len(across))} also in a later split; left out here, kept there"
        remedy = "nothing, if the later split is right"
        yield find("exact-duplicate", "warning", message, list(across.index), remedy)
    if len(within):
        message = f"{some(len(within))} of the same pixels as another one, left out"
        yield find("exact-duplicate", "note", message, list(within.index), "nothing, or delete them")
