"""Draws some of the cases that findings name, for the report."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stages.adapters.case import Adapter, UnreadableError
from stages.components.cases.thumbnails import add_thumbnails, choose, thumbnail
from stages.components.fingerprint import fingerprint_of
from stages.contracts.thumbnails import FOLDER
from stages.ingestion.assessment import Ingested
from stages.ingestion.params import IngestParams


def illustrate(
    folder: Path, ingested: Ingested, adapter: Adapter, params: IngestParams, mark: str, previous: Path | None
) -> None:
    """Draws some of the cases that findings name, for the report.

    Args:
        folder: Where the stage writes.
        ingested: What was found.
        adapter: Reads the cases.
        params: Of the stage.
        mark: Fingerprint of how the cases were examined.
        previous: The earlier output, if there is one: what it holds is not drawn again.
    """
    code = [Path(__file__).parents[1] / "components" / "cases" / "thumbnails.py"]
    chosen = choose(ingested.findings, ingested.table, params.thumbnails)
    earlier = previous / FOLDER if previous else None
    marked = fingerprint_of([mark], code, ("pillow",))
    add_thumbnails(folder / FOLDER, chosen, partial(_draw, adapter), marked, earlier, params.threads)


def _draw(adapter: Adapter, path: str) -> bytes | None:
    try:
        decoded = adapter.decode(path)
    except UnreadableError:
        return None
    return thumbnail(decoded.pixels, decoded.colour)
