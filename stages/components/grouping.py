"""Puts cases into groups that no split may tear, and groups into splits."""

from __future__ import annotations

import pandas as pd

from stages.components.near_duplicate import cluster, parse_hashes
from stages.contracts.split import SplitParams, assign_split, salted


def group(table: pd.DataFrame, distance: int | None, salt: str) -> pd.Series[str]:
    """Gives the group of each case.

    Args:
        table: Cases in use.
        distance: Bits by which near-duplicates may differ; None to group equal pixels only.
        salt: Patients appear in the group's name as a salted hash, not by their identifier.

    Returns:
        `patient-...` where the patient is known; else `cluster-...` of near-duplicates, named by the
        smallest salted content hash in it. A cluster does not reach over given splits.
    """
    groups = pd.Series(pd.NA, index=table.index, dtype="string")
    known = table["patient_id"].notna()
    groups[known] = table.loc[known, "patient_id"].map(lambda name: f"patient-{salted(name, salt)[:20]}")
    if not known.all():
        contents = table.loc[~known, "content_sha256"].map(lambda content: salted(content, salt))
        given = table.loc[~known, "split"].fillna("")
        smallest = contents.groupby([_clusters(table[~known], distance), given]).transform("min")
        groups[~known] = smallest.map(lambda key: f"cluster-{key[:20]}")
    return groups


def split(table: pd.DataFrame, params: SplitParams) -> pd.Series[str]:
    """Gives the split of each case by its `group_id`."""
    groups = table["group_id"]
    splits = {name: assign_split(name, params) for name in groups.unique()}
    return groups.map(splits).astype("string")


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


def _clusters(unknown: pd.DataFrame, distance: int | None) -> pd.Series[int]:
    """Numbers the clusters; a case without a perceptual hash is alone with its equals."""
    numbers = pd.Series(pd.factorize(unknown["content_sha256"])[0], index=unknown.index)
    hashed = unknown["perceptual_hash"].notna()
    if distance is not None and hashed.any():
        clusters = cluster(parse_hashes(list(unknown.loc[hashed, "perceptual_hash"])), distance)
        numbers[hashed] = clusters + len(unknown)
    return numbers
