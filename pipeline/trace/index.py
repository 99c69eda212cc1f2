"""The questions that are put to the index of cases, and what is put into it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipeline.trace.holder import Holder
from pipeline.trace.manifests import Row, Values

_UPSERT = """
INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET manifests = united(manifests, excluded.manifests)
"""
_WHERE = {
    "patient": "patient_id = ?",
    "case": "case_id = ?",
    "bytes": "file_md5 = ?",
    "path": "path = ?",
}


class Seen(NamedTuple):
    """Cases that are alike in all that a trace tells, in one domain of one holder."""

    file: str
    """Of the holder."""
    identity: str
    name: str
    written_at: str
    domain: str
    ancestor: bool
    stages: tuple[str, ...]
    row: Row


def stamps(connection: sqlite3.Connection) -> dict[str, str]:
    """Gives the stamp of each holder's file as it was read."""
    return dict(connection.execute("SELECT file, stamp FROM holder"))


def put_holder(connection: sqlite3.Connection, file: str, stamp: str, holder: Holder | None) -> None:
    """Replaces what is known of a holder, or forgets it."""
    connection.execute("DELETE FROM holder WHERE file = ?", (file,))
    connection.execute("DELETE FROM part WHERE file = ?", (file,))
    if holder is None:
        return
    row = (file, stamp, holder.identity, holder.name, holder.written_at)
    connection.execute("INSERT INTO holder VALUES (?, ?, ?, ?, ?)", row)
    for part in holder.parts:
        place = (part.manifest.sha256, part.manifest.path, part.manifest.folder_md5)
        values = (file, part.domain, *place, part.ancestor, json.dumps(part.stages))
        connection.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def missing_manifests(connection: sqlite3.Connection) -> list[tuple[str, str, str, str, str | None]]:
    """Gives identity, domain, SHA-256, path and folder's MD5 of each part whose manifest was not read."""
    return connection.execute(
        "SELECT identity, domain, sha256, path, folder_md5 FROM part JOIN holder USING (file) "
        "WHERE sha256 NOT IN (SELECT sha256 FROM manifest) ORDER BY written_at DESC, domain"
    ).fetchall()


def new_number(connection: sqlite3.Connection, sha256: str) -> int:
    """Gives a manifest its place in the bits of every row."""
    number = connection.execute("INSERT INTO manifest (sha256) VALUES (?)", (sha256,)).lastrowid
    assert number is not None  # noqa: S101 - it was just inserted
    return number


def put_rows(connection: sqlite3.Connection, rows: Mapping[Values, int]) -> None:
    """Adds rows with the bits of the manifests that hold them."""
    connection.executemany(
        _UPSERT,
        (
            (_key(row), *row, bits.to_bytes(-(-bits.bit_length() // 8), "little"))
            for row, bits in rows.items()
        ),
    )


def find_rows(connection: sqlite3.Connection, by: str, value: str) -> Iterator[Seen]:
    """Finds the holders of the cases of a patient, of a case, of bytes, or at a path."""
    columns = ", ".join(Row._fields)
    found = connection.execute(f"SELECT {columns}, manifests FROM sighting WHERE {_WHERE[by]}", (value,))  # noqa: S608
    rows = [(Row._make(values[:-1]), int.from_bytes(values[-1], "little")) for values in found]
    if not rows:
        return
    for number, *facts, stages in connection.execute(
        "SELECT number, file, identity, name, written_at, domain, ancestor, stages "
        "FROM part JOIN holder USING (file) JOIN manifest USING (sha256)"
    ):
        for row, bits in rows:
            if bits >> number & 1:
                yield Seen._make((*facts, tuple(json.loads(stages)), row))


def _key(row: Values) -> bytes:
    return hashlib.blake2b(repr(row).encode(), digest_size=16).digest()
