"""An index from cases to the manifests that hold them, derived from the manifests and made anew at any time.

Manifests of one project are nearly the same from model to model, so that a row is kept once, with a bit
per manifest. The index holds identifiers of patients: it lies in the workspace's state, outside of git.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = 2
_SCHEMA = """
CREATE TABLE holder (file TEXT PRIMARY KEY, stamp TEXT, identity TEXT, name TEXT, written_at TEXT);
CREATE TABLE part (file TEXT, domain TEXT, sha256 TEXT, path TEXT, folder_md5 TEXT, ancestor INTEGER,
                   stages TEXT, PRIMARY KEY (file, domain));
CREATE TABLE manifest (number INTEGER PRIMARY KEY, sha256 TEXT UNIQUE);
CREATE TABLE sighting (key BLOB PRIMARY KEY, case_id TEXT, patient_id TEXT, path TEXT, file_md5 TEXT,
                       content_sha256 TEXT, split TEXT, excluded_because TEXT, manifests BLOB) WITHOUT ROWID;
CREATE INDEX of_patient ON sighting (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX of_case ON sighting (case_id);
CREATE INDEX of_path ON sighting (path);
CREATE INDEX of_bytes ON sighting (file_md5) WHERE file_md5 IS NOT NULL;
"""


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Opens the index, and makes an empty one where there is none.

    Raises:
        sqlite3.DatabaseError: If it is damaged, or of another version.
    """
    file.parent.mkdir(exist_ok=True)
    connection = _connect(file)
    try:
        yield connection
    finally:
        connection.close()


def _connect(file: Path) -> sqlite3.Connection:
    file.touch(mode=0o600)
    connection = sqlite3.connect(file, timeout=30)
    connection.create_function("united", 2, _united, deterministic=True)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, VERSION):
        connection.close()
        raise sqlite3.DatabaseError("another version")
    if version == 0:
        with connection:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    return connection


def _united(one: bytes, other: bytes) -> bytes:
    bits = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return bits.to_bytes(max(len(one), len(other)), "little")
