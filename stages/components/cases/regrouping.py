"""Recalls groups and splits of an earlier ingestion, where what decides them is the same.

It saves the hashes of all groups that a change does not touch, and changes none.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.cases import grouping
from stages.components.cases.recall import unchanged
from stages.components.fingerprint import fingerprint_of
from stages.contracts import split as splitting
from stages.contracts.split import SplitParams


def fingerprint(params: SplitParams, *, by_resemblance: bool) -> str:
    """Identifies how cases are grouped and split."""
    code = (Path(str(module.__file__)) for module in (grouping, splitting))
    return fingerprint_of([params.model_dump_json(), str(by_resemblance)], code, ())


def regroup(
    table: pd.DataFrame, params: SplitParams, earlier: pd.DataFrame | None, *, by_resemblance: bool
) -> pd.DataFrame:
    """Gives each case its `group_id` and its `split`.

    Args:
        table: Cases in use, without given splits; as `group` takes them.
        params: Of the splits.
        earlier: Cases that were grouped and split in the same way, with what came of it; a case that was
            not in use has no group, and one that was left out later no split.
        by_resemblance: As `group` takes it.
    """
    if earlier is None or earlier.empty or table.empty:
        grouped = table.assign(group_id=grouping.group(table, params.salt, by_resemblance=by_resemblance))
        return grouped.assign(split=grouping.split(grouped, params))
    places = _same_group(table, earlier, by_resemblance)
    groups, splits = (earlier[name].array.take(places, allow_fill=True) for name in ("group_id", "split"))
    new = places < 0
    if new.any():
        groups[new] = grouping.group(table[new], params.salt, by_resemblance=by_resemblance).array
    table = table.assign(group_id=groups)
    unknown = splits.isna()
    if unknown.any():
        splits[unknown] = grouping.split(table[unknown], params).array
    return table.assign(split=splits)


def _same_group(table: pd.DataFrame, earlier: pd.DataFrame, by_resemblance: bool) -> NDArray[np.intp]:
    """Gives the place in `earlier` of each case whose group is still of the same cases, else -1."""
    places, same = unchanged(table, earlier, ("patient_id", "content_sha256", "cluster"))
    grouped = earlier["group_id"].notna().to_numpy(dtype=bool)
    same &= grouped[places]
    gone = grouped.copy()
    gone[places[same]] = False
    now, before = (grouping.units(cases, by_resemblance=by_resemblance) for cases in (table, earlier))
    touched = {*now[~same].tolist(), *before[gone].tolist()}
    same &= ~now.isin(touched).to_numpy(dtype=bool)
    return np.where(same, places, -1)
