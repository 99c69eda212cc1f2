"""Reads the manifest that a model was made from: in the workspace if it is the same, else in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pipeline.repro.objects import Objects

Values: TypeAlias = tuple[str | None, ...]
"""Those of a `Row`, which takes ten times as long to make of millions."""


class Row(NamedTuple):
    """What is kept of a case."""

    case_id: str
    patient_id: str | None
    path: str | None
    file_md5: str | None
    content_sha256: str | None
    split: str | None
    excluded_because: str | None


@dataclass(frozen=True)
class ManifestPlace:
    """Where a manifest lies, or lay.

    Attributes:
        sha256: Of its bytes.
        path: Below the workspace, when it was written.
        folder_md5: Of the folder that it lay in, as DVC knows it; None where DVC does not.
    """

    sha256: str
    path: str
    folder_md5: str | None


class MissingManifestError(Exception):
    """A manifest cannot be read; the message says why."""


def read_rows(root: Path, place: ManifestPlace, objects: Objects) -> Iterator[Values]:
    """Reads the cases of a manifest, each as the values of a `Row`.

    Raises:
        MissingManifestError: If it is neither in the workspace nor in the cache, or damaged there.
    """
    import pyarrow.parquet as pq
    from pyarrow import ArrowInvalid

    file = _find(root, place, objects)
    try:
        table = pq.read_table(file, columns=list(Row._fields))
        return zip(*(table[name].to_pylist() for name in Row._fields), strict=True)
    except (ArrowInvalid, KeyError, OSError) as error:
        raise MissingManifestError(f"{file} is no manifest: {str(error).splitlines()[0]}") from error


def _find(root: Path, place: ManifestPlace, objects: Objects) -> Path:
    here = root / place.path
    if here.is_file() and _sha256(here) == place.sha256:
        return here
    folder, _, name = place.path.rpartition("/")
    cached = objects.find_in(place.folder_md5, name) if place.folder_md5 else None
    if cached is None:
        raise MissingManifestError(f"the {folder} of that time is not in DVC's cache")
    if _sha256(cached) != place.sha256:
        raise MissingManifestError(f"the cached object {cached} is damaged")
    return cached


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
