"""The cases that a model was neither trained nor tested with, prepared as it needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.adapters.case import Adapter, UnreadableError
from stages.adapters.tables.covariate_columns import code_known
from stages.components.preparation.preparation import prepare_case
from stages.components.preparation.shards import place
from stages.contracts.errors import DataError
from stages.contracts.manifest import Domain
from stages.contracts.model import Model
from stages.contracts.preparation import Preparation
from stages.contracts.prepared import PreparedCases

UNLABELLED = "missing-label"
"""Kind of the finding that excludes a case without a label."""
MOST = 10_000
"""More new cases are thinned out to about so many, by content: the same ones every time."""


@dataclass(frozen=True)
class Newcomers:
    """New cases.

    Attributes:
        manifest: Their rows; those without a label count as in use.
        labelled: Which of them have a label or a mask.
        familiar: Which of them are of patients, or near-duplicates of cases, that the model learned from.
    """

    manifest: pd.DataFrame
    labelled: NDArray[np.bool_]
    familiar: NDArray[np.bool_]

    def only_labelled(self) -> Newcomers:
        """Gives those that have a label or a mask."""
        rows = self.labelled
        return Newcomers(self.manifest[rows].reset_index(drop=True), rows[rows], self.familiar[rows])


def find_newcomers(now: pd.DataFrame, earlier: pd.DataFrame) -> Newcomers:
    """Finds cases whose content was not in use in an earlier manifest.

    Args:
        now: The manifest of now.
        earlier: The manifest that the model was made from.
    """
    used = earlier[earlier["excluded_because"].isna()]
    kept = now["excluded_because"].isna() | (now["excluded_because"] == UNLABELLED)
    new = now[kept & ~now["content_sha256"].isin(used["content_sha256"])].sort_values("case_id")
    if len(new) > MOST:
        new = new[new["content_sha256"] < f"{int(16**8 * MOST / len(new)):08x}"]
    learned = used.loc[used["split"].isin(["train", "val"]), "group_id"]
    labelled = new["excluded_because"].isna().to_numpy(dtype=bool)
    familiar = (new["group_id"].isin(learned) & new["group_id"].notna()).to_numpy(dtype=bool)
    rows = new.assign(excluded_because=pd.Series(pd.NA, new.index, dtype="string"), split="test")
    return Newcomers(rows.reset_index(drop=True), labelled, familiar)


def prepare_newcomers(cases: Newcomers, adapter: Adapter, domain: Domain, model: Model) -> PreparedCases:
    """Reads and prepares new cases.

    Args:
        cases: At least one.
        adapter: Reads the raw data.
        domain: Of the raw data.
        model: For which they are prepared.

    Raises:
        DataError: If a case cannot be read or prepared, or a covariate holds what the model does not know.
    """
    manifest, params = cases.manifest, model.preparation
    index = place(manifest, domain, params.shards)
    made = [_prepared(adapter, path, model) for path in manifest["path"].tolist()]
    masks = [arrays["masks"] for arrays in made if "masks" in arrays]
    return PreparedCases(
        code_known(index, manifest, model.covariates),
        np.stack([arrays["images"] for arrays in made]),
        Preparation.of(domain, params, model.covariates),
        np.stack(masks) if len(masks) == len(made) else None,
    )


def _prepared(adapter: Adapter, path: str, model: Model) -> dict[str, NDArray[np.generic]]:
    try:
        decoded = adapter.decode(path)
        return prepare_case(
            decoded.pixels,
            model.preparation,
            colour=decoded.colour,
            spacing=decoded.spacing,
            mask=decoded.mask,
        )
    except (UnreadableError, ValueError) as error:
        raise DataError(
            "a new case cannot be prepared for the champion",
            where="the raw data of the target",
            why="it cannot be read, or it does not fit the champion's preparation",
            remedy="see `medgraft data check`, or retrain with `medgraft run`",
        ) from error
