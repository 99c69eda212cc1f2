"""Puts cases into groups that no split may tear, and groups into splits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stages.contracts.manifest import texts
from stages.contracts.split import SplitParams, assign_fold, assign_splits, salting


def group(table: pd.DataFrame, salt: str, *, by_resemblance: bool) -> pd.Series[str]:
    """Gives the group of each case.

    Args:
        table: Cases in use, with the `cluster` of near-duplicates that each belongs to.
        salt: Patients appear in the group's name as a salted hash, not by their identifier.
        by_resemblance: Whether near-duplicates stay together; else equal pixels only.

    Returns:
        `patient-...` where the patient is known; else `cluster-...` of near-duplicates, named by the
        smallest salted content hash in it. A cluster does not reach over given splits.
    """
    under_salt = salting(salt)
    groups = np.full(len(table), None, dtype=object)
    known = table["patient_id"].notna().to_numpy(dtype=bool)
    patients = table.loc[known, "patient_id"].tolist()
    names = {name: f"patient-{under_salt(name)[:20]}" for name in set(patients)}
    groups[known] = [names[name] for name in patients]
    unknown = table.loc[~known, ["content_sha256", "cluster", "split"]]
    keys = (units(unknown, by_resemblance=by_resemblance) + unknown["split"].fillna("")).tolist()
    contents = list(map(under_salt, unknown["content_sha256"].tolist()))
    smallest = dict(zip(keys, contents, strict=True))
    for key, content in zip(keys, contents, strict=True):
        smallest[key] = min(smallest[key], content)
    groups[~known] = [f"cluster-{smallest[key][:20]}" for key in keys]
    return pd.Series(texts(groups), table.index)


def units(table: pd.DataFrame, *, by_resemblance: bool) -> pd.Series[str]:
    """Gives what cases of unknown patients share if they are of one group."""
    contents = table["content_sha256"]
    return table["cluster"].fillna(contents) if by_resemblance else contents


def split(table: pd.DataFrame, params: SplitParams) -> pd.Series[str]:
    """Gives the split of each case by its `group_id`."""
    groups = table["group_id"].tolist()
    splits = assign_splits(set(groups), params)
    return pd.Series(texts([splits[name] for name in groups]), table.index)


def splits_are_complete(table: pd.DataFrame, params: SplitParams) -> bool:
    """Tells whether given splits leave nothing to be made."""
    return params.val == 0 or bool((table["split"] == "val").any())


def complete_given(table: pd.DataFrame, params: SplitParams) -> pd.Series[str]:
    """Keeps given splits; where they know no validation at all, takes it from training by group."""
    given = table["split"].astype("string")
    if splits_are_complete(table, params):
        return given
    without_test = params.model_copy(update={"test": 0.0})
    return given.where(given != "train", split(table, without_test))


def fold(table: pd.DataFrame, params: SplitParams) -> pd.Series[int]:
    """Gives the fold of each case in training or validation; null elsewhere, and where there are no folds."""
    folds = pd.Series(pd.NA, index=table.index, dtype="Int64")
    if params.folds is not None:
        inside = table["split"].isin(["train", "val"])
        folds[inside] = table.loc[inside, "group_id"].map(lambda name: assign_fold(name, params))
    return folds
