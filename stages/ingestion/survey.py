"""Lists the cases of raw data and examines those that are not known already."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from stages.adapters.case import Adapter, UnreadableError
from stages.adapters.listing import list_cases
from stages.adapters.opened import AnyOptions
from stages.components.cases.examination import Examination, examine
from stages.components.cases.near_duplicate import cluster_cases, clusters_of
from stages.components.cases.recall import hash_files, see_cases
from stages.components.fingerprint import fingerprint_of
from stages.contracts.examinations import Sealed, read_sealed
from stages.contracts.manifest import texts
from stages.ingestion.params import IngestParams

DECODING = ("raw", "images", "tables", "dicom", "formats")
"""Folders of the adapters whose code decides what a case is."""


@dataclass(frozen=True)
class Looked:
    """Cases as they lie there.

    Attributes:
        cases: As `ingest` takes them.
        fingerprint: Of how they were examined.
        anew: How many were; the others are known from the earlier output.
        earlier: The earlier output, if there is one that can be trusted.
    """

    cases: pd.DataFrame
    fingerprint: str
    anew: int
    earlier: Sealed | None


def look_at(
    domain: str,
    adapter: Adapter,
    root: Path,
    known: Mapping[str, str],
    params: IngestParams,
    previous: Path | None,
) -> Looked:
    """Lists the cases and examines those whose files are not those of the earlier output.

    Args:
        domain: For messages.
        adapter: The opened raw data.
        root: Where they lie.
        known: MD5s of raw files, as far as they are known.
        params: Of the stage.
        previous: The earlier output, if there is one.
    """
    mark = fingerprint(params.adapter)
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read_sealed, previous, mark)
        listed = list_cases(adapter, domain)
        kept = reading.result()
    md5s = hash_files(root, [adapter.files(path) for path in listed["path"].tolist()], known, params.threads)
    seen = see_cases(
        listed["path"],
        pd.Series(texts(md5s), listed.index),
        partial(_look, adapter),
        kept.table if kept else None,
        params.threads,
    )
    bits = params.near_duplicate_bits
    earlier = clusters_of(kept.table) if kept and kept.seal.near_duplicate_bits == bits else None
    table = listed.join(seen.table)
    table = table.assign(cluster=cluster_cases(table["perceptual_hash"], bits, earlier))
    return Looked(table, mark, seen.anew, kept)


def fingerprint(options: AnyOptions) -> str:
    """Identifies how a case is decoded and examined."""
    here = Path(__file__).parents[1]
    examining = [here / "components" / "cases" / name for name in ("examination.py", "content.py")]
    decoding = [here / "adapters", *(here / "adapters" / name for name in DECODING)]
    code = [*(file for folder in decoding for file in folder.glob("*.py")), *examining]
    libraries = ("numpy", "pillow", "imagehash", "scipy", "nibabel", "pydicom", "python-gdcm", "imagecodecs")
    return fingerprint_of([options.model_dump_json()], code, libraries)


def _look(adapter: Adapter, path: str) -> Examination:
    try:
        known = adapter.identity(path)
        if known is not None:
            return Examination(content_sha256=known)
        decoded = adapter.decode(path)
    except UnreadableError as error:
        return Examination(flaw=error.kind, reason=str(error))
    return examine(
        decoded.pixels,
        colour=decoded.colour,
        spacing=decoded.spacing,
        mask=decoded.mask,
        misnamed=decoded.misnamed,
        identifiers=decoded.identifiers,
    )
