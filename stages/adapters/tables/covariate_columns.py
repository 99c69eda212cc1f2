"""Covariates of a manifest as values that a network takes in beside each image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.adapters.tables.cells import Cells, distinct
from stages.adapters.tables.column import MOST_TEXTS, SURE_TRUTHS, encode
from stages.contracts.errors import ParamsError
from stages.contracts.feature import Feature
from stages.contracts.manifest import COLUMNS, Domain
from stages.contracts.preparation import PrepareParams
from stages.contracts.prepared import COVARIATE


def code_covariates(
    index: pd.DataFrame, manifest: pd.DataFrame, domain: Domain, params: PrepareParams
) -> tuple[pd.DataFrame, tuple[Feature, ...]]:
    """Puts the covariates that params name into the index of the cases.

    A covariate is a number where every cell is one, a boolean where it holds yes and no or true and false,
    and else a category, coded by the place of a cell among the sorted values of the cases in use.

    Args:
        index: Cases in use, sorted.
        manifest: With a column per covariate.
        domain: Of the cases.
        params: Which covariates.

    Returns:
        The index with a column of float32 per covariate, NaN where it is missing; and what they are.

    Raises:
        ParamsError: If the manifest has no such covariate, or the task takes none.
        DataError: If one is infinite, or is free text.
    """
    where = f"params.yaml: prepare.{domain.name}.covariates"
    known = sorted(set(manifest.columns) - set(COLUMNS))
    if missing := [name for name in params.covariates if name not in known]:
        raise ParamsError(
            f"there is no covariate '{missing[0]}'",
            where=where,
            why=f"the manifest has {', '.join(known) or 'none'}",
            remedy=f"correct it, or list the column in `covariates` of ingest.{domain.name}.adapter",
        )
    if params.covariates and domain.task == "segmentation":
        why = "its answer is a class per pixel, and covariates are of the whole case"
        raise ParamsError("a segmentation takes no covariates", where=where, why=why, remedy="remove the key")
    if not params.covariates:
        return index, ()
    rows = manifest.set_index("case_id").loc[index["case_id"]]
    features, columns = [], {}
    for name in params.covariates:
        cells = _cells(rows[name], name)
        feature = describe_covariate(cells)
        features.append(feature)
        columns[COVARIATE + name] = code(cells, feature).astype(np.float32)
    return index.assign(**columns), tuple(features)


def code_known(index: pd.DataFrame, manifest: pd.DataFrame, covariates: Sequence[Feature]) -> pd.DataFrame:
    """Puts covariates into the index of new cases, coded as a model knows them.

    Args:
        index: Of the cases.
        manifest: A covariate that has no column there is missing of every case.
        covariates: Of the model.

    Raises:
        DataError: If a cell is infinite or of a category that the model does not know.
    """
    names = [one.name for one in covariates]
    rows = manifest.set_index("case_id").reindex(index=index["case_id"].tolist(), columns=names)
    coded = {COVARIATE + one.name: code(_cells(rows[one.name], one.name), one) for one in covariates}
    return index.assign(**{name: values.astype(np.float32) for name, values in coded.items()})


def describe_covariate(cells: Cells) -> Feature:
    """Says what a covariate is.

    Raises:
        DataError: If it has so many different texts that it is free text or an identifier.
    """
    known = cells.texts.notna().to_numpy()
    if not (known & np.isnan(cells.numbers)).any():
        return Feature(name=cells.name, kind="number")
    texts = distinct(cells.texts)
    if {text.lower() for text in texts} <= SURE_TRUTHS:
        return Feature(name=cells.name, kind="boolean")
    if len(texts) > max(20, min(MOST_TEXTS, int(known.sum()) // 2)):
        numbers = int(np.isfinite(cells.numbers).sum())
        mixed = f", {numbers} cells are numbers and others are not" if numbers else ""
        remedy = "make it a number or a category in the table, or leave it out of `covariates`"
        raise cells.refused(f"{len(texts)} different texts{mixed}", remedy)
    return Feature(name=cells.name, kind="category", values=texts)


def code(cells: Cells, feature: Feature) -> NDArray[np.float64]:
    """Gives the values [n] of a covariate, NaN where it is missing.

    Raises:
        DataError: If a cell is infinite or not of the covariate's kind.
    """
    if feature.values and (odd := cells.texts.notna() & ~cells.texts.isin(feature.values)).any():
        remedy = "correct it, or leave the cell empty: that says that it is not known"
        raise cells.refused(f"it is none of {', '.join(feature.values[:10])}", remedy, odd.to_numpy())
    codes = encode(cells, feature)
    if np.isinf(codes).any():
        raise cells.refused("it is infinite", "correct it, or leave the cell empty", np.isinf(codes))
    return codes


def _cells(column: pd.Series, name: str) -> Cells:
    """Takes a covariate as the manifest has it: float64, or text with nulls."""
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        texts = pd.Series(numbers).astype("str").mask(np.isnan(numbers))
        return Cells(Path("manifest.parquet"), name, texts, numbers)
    texts = column.reset_index(drop=True).astype("str").mask(column.isna().to_numpy())
    return Cells(Path("manifest.parquet"), name, texts, pd.to_numeric(texts, errors="coerce").to_numpy(float))
