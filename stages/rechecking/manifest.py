"""Holds a manifest against the raw data, case by case."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stages.adapters.case import Adapter, UnreadableError
from stages.adapters.opened import AdapterRecord, open_adapter
from stages.adapters.raw.location import resolve_raw
from stages.components.cases.content import content_sha256
from stages.components.cases.recall import hash_files
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.examinations import MANIFEST
from stages.contracts.manifest import read_manifest
from stages.contracts.recheck import DomainPlace, Mismatch
from stages.rechecking.found import Found, NotHereError


def recheck_manifest(place: DomainPlace, contents: bool) -> Found:
    """Holds each case's raw bytes, and its decoded content where asked for, against the manifest."""
    folder, raw = Path(place.ingested), Path(place.raw)
    manifest = read_manifest(folder / MANIFEST)
    options = read_json(AdapterRecord, folder / "adapter.json").adapter
    root = _resolve(raw)
    adapter = open_adapter(root, options)
    known = place.md5s if root == raw else {}
    md5s = hash_files(root, [adapter.files(path) for path in manifest["path"]], known, 0)
    where = f"{place.ingested}/{MANIFEST}"
    for row, (recorded, found) in enumerate(zip(manifest["file_md5"], md5s, strict=True)):
        if (None if _null(recorded) else recorded) == found:
            yield 1
        else:
            yield Mismatch(
                where=f"{where}: row {row}", why="the raw bytes of the case are not those recorded"
            )
    listed = {case.path for case in adapter.cases()}
    yield from _listed(where, listed, set(manifest["path"]))
    if contents:
        yield from _contents(where, manifest, adapter)


def _resolve(raw: Path) -> Path:
    try:
        return resolve_raw(raw)
    except DataError as error:
        if "installed" in error.why:  # another environment is no change of the data
            raise NotHereError(f"{error.what}: {error.why}") from error
        raise


def _listed(where: str, listed: set[str], recorded: set[str]) -> Found:
    """Counts cases; no name of a case is told, for it may name a patient."""
    if more := len(listed - recorded):
        yield Mismatch(where=where, why=f"{more} raw cases are not in it")
    if fewer := len(recorded - listed):
        yield Mismatch(where=where, why=f"{fewer} of its cases are not among the raw data")
    yield len(listed & recorded)


def _contents(where: str, manifest: pd.DataFrame, adapter: Adapter) -> Found:

    for row, (path, recorded) in enumerate(zip(manifest["path"], manifest["content_sha256"], strict=True)):
        try:
            found = adapter.identity(path) or content_sha256(adapter.decode(path).pixels)
        except UnreadableError:
            found = None
        if (None if _null(recorded) else recorded) == found:
            yield 1
        else:
            yield Mismatch(where=f"{where}: row {row}", why="the decoded content is not that recorded")


def _null(value: object) -> bool:
    return bool(pd.isna(value))  # type: ignore[call-overload]
