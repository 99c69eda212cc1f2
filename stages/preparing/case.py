"""Reads and prepares single cases."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from stages.adapters.case import Adapter, Decoded, UnreadableError
from stages.components.cases.content import content_sha256
from stages.components.preparation.preparation import prepare_case
from stages.components.preparation.shards import Values, content_of
from stages.contracts.errors import DataError
from stages.contracts.preparation import PrepareParams

Read = Callable[[str], Decoded]
"""Gives the checked values of a case by its identifier."""


def checked_reader(adapter: Adapter, manifest: pd.DataFrame) -> Read:
    """Gives a function that reads a case and makes sure that it is the one that ingestion saw."""
    cases, contents = manifest["case_id"].tolist(), content_of(manifest).tolist()
    known = dict(zip(cases, zip(manifest["path"].tolist(), contents, strict=True), strict=True))

    def read(case: str) -> Decoded:
        path, content = known[case]
        try:
            decoded = adapter.decode(path)
        except UnreadableError as error:
            raise _changed(case, str(error)) from error
        found = adapter.identity(path) or content_sha256(decoded.pixels)
        if found + ("" if decoded.mask is None else content_sha256(decoded.mask)) != content:
            raise _changed(case, "its content is another one")
        return decoded

    return read


def make_case(read: Read, params: PrepareParams, case: str) -> dict[str, Values]:
    """Reads a case and prepares it.

    Raises:
        DataError: If it is not what ingestion saw, or cannot be prepared.
    """
    decoded = read(case)
    try:
        return prepare_case(
            decoded.pixels, params, colour=decoded.colour, spacing=decoded.spacing, mask=decoded.mask
        )
    except ValueError as error:
        raise DataError(
            "a case cannot be prepared",
            where=case,
            why=str(error),
            remedy="change `intensity`, `size` or `spacing` in the section `prepare`, or leave the case out",
        ) from error


def _changed(case: str, why: str) -> DataError:
    return DataError(
        "a raw case is not what ingestion saw",
        where=case,
        why=why,
        remedy="restore the raw data (`dvc checkout`), or take them in anew: `medgraft run --force ingest`",
    )
