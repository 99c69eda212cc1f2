"""Reads and prepares single cases."""

from __future__ import annotations

from typing import NamedTuple

from stages.adapters.case import Adapter, Decoded, UnreadableError
from stages.components.cases.content import content_sha256
from stages.components.preparation.preparation import prepare_case
from stages.components.preparation.shards import Values
from stages.contracts.errors import DataError
from stages.contracts.preparation import PrepareParams


class Source(NamedTuple):
    """A raw case as ingestion saw it.

    Attributes:
        case: Its identifier.
        path: Where it lies, for the adapter.
        content: What it is made of, as `content_of` gives it.
    """

    case: str
    path: str
    content: str


def make_case(adapter: Adapter, params: PrepareParams, source: Source) -> dict[str, Values]:
    """Reads a case and prepares it.

    Raises:
        DataError: If it is not what ingestion saw, or cannot be prepared.
    """
    decoded = _read(adapter, source)
    try:
        return prepare_case(
            decoded.pixels, params, colour=decoded.colour, spacing=decoded.spacing, mask=decoded.mask
        )
    except ValueError as error:
        raise DataError(
            "a case cannot be prepared",
            where=source.case,
            why=str(error),
            remedy="change `intensity`, `size` or `spacing` in the section `prepare`, or leave the case out",
        ) from error


def _read(adapter: Adapter, source: Source) -> Decoded:
    """Reads a case and makes sure that it is the one that ingestion saw."""
    try:
        decoded = adapter.decode(source.path)
    except UnreadableError as error:
        raise _changed(source.case, str(error)) from error
    found = adapter.identity(source.path) or content_sha256(decoded.pixels)
    if found + ("" if decoded.mask is None else content_sha256(decoded.mask)) != source.content:
        raise _changed(source.case, "its content is another one")
    return decoded


def _changed(case: str, why: str) -> DataError:
    return DataError(
        "a raw case is not what ingestion saw",
        where=case,
        why=why,
        remedy="restore the raw data (`dvc checkout`), or take them in anew: `medgraft run --force ingest`",
    )
