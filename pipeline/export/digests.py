"""SHA-256 of what stages read and wrote, where the workspace still has those very bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.lineage.lock import LockedPath

_CHUNK = 1 << 20


class Digests:
    """Knows the SHA-256 of files and folders by the hash that dvc.lock has of them.

    That of a folder is of its listing: a line `<SHA-256 of the file>  <path below the folder>` for each
    file, sorted by path, as `sha256sum` writes it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[LockedPath, str | None] = {}

    def of(self, locked: LockedPath) -> str | None:
        """Gives the SHA-256; None where the workspace has no such bytes (any more)."""
        if locked not in self._known:
            self._known[locked] = self._read(locked)
        return self._known[locked]

    def _read(self, locked: LockedPath) -> str | None:
        place = self._root / locked.path
        if not locked.folder:
            md5, sha256 = _both(place) if place.is_file() else ("", None)
            return sha256 if md5 == locked.md5 else None
        if not place.is_dir():
            return None
        files = [(name, *_both(place / name)) for name in sorted(_names(place))]
        # DVC writes .gitignore files beside outputs, at times after it has hashed the folder around them.
        without = [file for file in files if file[0].rpartition("/")[2] != ".gitignore"]
        return _listed(files, locked.md5) or _listed(without, locked.md5)


def _listed(files: Sequence[tuple[str, str, str]], md5: str) -> str | None:
    """Gives the SHA-256 of a listing of (name, MD5, SHA-256), if it is the one that DVC has this hash of."""
    listing = json.dumps([{"md5": own, "relpath": name} for name, own, _ in files], sort_keys=True)
    if hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest() + ".dir" != md5:
        return None
    lines = "".join(f"{sha256}  {name}\n" for name, _, sha256 in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def file_sha256(file: Path) -> str:
    """Hashes a file."""
    return _both(file)[1]


def _names(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.relative_to(folder).as_posix()


def _both(file: Path) -> tuple[str, str]:
    """Gives MD5 and SHA-256 of a file, which is read once."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            md5.update(chunk)
            sha256.update(chunk)
    return md5.hexdigest(), sha256.hexdigest()
