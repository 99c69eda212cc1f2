"""Brings the index up to date and asks it."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.repro.objects import Objects
from pipeline.trace.database import opened
from pipeline.trace.holder import holder_files, read_holder
from pipeline.trace.index import (
    Seen,
    find_rows,
    missing_manifests,
    new_number,
    put_holder,
    put_rows,
    stamps,
)
from pipeline.trace.manifests import ManifestPlace, MissingManifestError, Values, read_rows
from pipeline.trace.report import By, Unread
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError

MOST_ROWS = 500_000
"""Rows that are gathered before they are written: a few hundred megabytes."""
MANY = 50
"""Manifests that take long enough to say so."""
RAW = Path("data", "raw")


@dataclass(frozen=True)
class Found:
    """What the index says.

    Attributes:
        seen: The cases, by holder.
        matched: `bytes` or `path`, where a file was asked for and found.
        unread: Data that could not be looked at.
        inside: Domain whose raw data hold the file that was asked for, though no case is that file.
    """

    seen: tuple[Seen, ...]
    matched: Literal["bytes", "path"] | None
    unread: tuple[Unread, ...]
    inside: str | None = None


def ask(workspace: Workspace, by: By, value: str) -> Found:
    """Finds who saw a patient, a case or a file.

    Raises:
        UsageError: If the file is neither there nor below the raw data.
    """
    workspace.prepare()
    file = workspace.state / "trace.sqlite"
    try:
        return _ask(workspace.root, file, by, value)
    except sqlite3.OperationalError:  # Held by another trace for half a minute, or the disk is full.
        raise
    except sqlite3.DatabaseError:  # Damaged or of another version: it is derived, so it is made anew.
        file.unlink()
        return _ask(workspace.root, file, by, value)


def _ask(root: Path, file: Path, by: By, value: str) -> Found:
    with opened(file) as index:
        unread = update(root, index)
        if by != "file":
            return Found(tuple(find_rows(index, by, value)), None, unread)
        for key in _keys(root, Path(value)):
            rows = (seen for value in key.values for seen in find_rows(index, key.by, value))
            if seen := tuple(one for one in rows if key.domain in (None, one.domain)):
                return Found(seen, key.by, unread)
        return Found((), None, unread, _domain_of(root, Path(value)))


def update(root: Path, index: sqlite3.Connection) -> tuple[Unread, ...]:
    """Reads what is new, and says what cannot be read."""
    files, known = holder_files(root), stamps(index)
    with index:
        for file in files.keys() | known.keys():
            if file not in files:
                put_holder(index, file, "", None)
            elif files[file] != known.get(file):
                put_holder(index, file, files[file], read_holder(root, file))
        return _read_manifests(root, index)


def _read_manifests(root: Path, index: sqlite3.Connection) -> tuple[Unread, ...]:
    waiting: dict[ManifestPlace, list[tuple[str, str]]] = defaultdict(list)
    for identity, domain, sha256, path, folder_md5 in missing_manifests(index):
        waiting[ManifestPlace(sha256, path, folder_md5)].append((identity, domain))
    if len(waiting) >= MANY:
        print(f"trace: reading {len(waiting)} manifests, once for all", file=sys.stderr, flush=True)
    objects, unread, read = Objects(root), [], set[str]()
    gathered: defaultdict[Values, int] = defaultdict(int)
    for place, parts in waiting.items():
        if place.sha256 in read:
            continue
        try:
            rows = read_rows(root, place, objects)
        except MissingManifestError as error:
            unread += [
                Unread(identity or None, domain, place.sha256, str(error)) for identity, domain in parts
            ]
            continue
        read.add(place.sha256)
        bit = 1 << new_number(index, place.sha256)
        for row in rows:
            gathered[row] |= bit
        if len(gathered) > MOST_ROWS:
            put_rows(index, gathered)
            gathered.clear()
    put_rows(index, gathered)
    return tuple(one for one in unread if one.manifest_sha256 not in read)


def _domain_of(root: Path, file: Path) -> str | None:
    raw = root / RAW
    parts = file.relative_to(raw).parts if file.is_relative_to(raw) else ()
    return parts[0] if file.is_file() and len(parts) > 1 else None


@dataclass(frozen=True)
class _Key:
    """One way to find a file; of a series in a folder the case is the folder."""

    by: Literal["bytes", "path"]
    values: tuple[str, ...]
    domain: str | None = None


def _keys(root: Path, file: Path) -> Iterator[_Key]:
    """Says by what a file may be found: its bytes, then its place below a domain's raw data."""
    raw = root / RAW
    inside = file.relative_to(raw).parts if file.is_relative_to(raw) else ()
    if not file.is_file() and len(inside) < 2:
        raise UsageError(
            "there is no such file",
            where=str(file),
            why=f"it is neither a file nor the former place of one below {raw}",
            remedy="check the path; a case that is no file of its own is asked for with --case",
        )
    if file.is_file():
        with file.open("rb") as stream:
            yield _Key("bytes", (hashlib.file_digest(stream, "md5").hexdigest(),))
    if len(inside) > 1:
        yield _Key("path", tuple("/".join(inside[1:end]) for end in range(len(inside), 1, -1)), inside[0])
