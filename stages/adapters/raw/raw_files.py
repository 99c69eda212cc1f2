"""Lists raw files and joins their paths, and lets none of them lead out of the raw root."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from stages.contracts.errors import DataError

_LENT: dict[tuple[str, str], Path] = {}


@contextmanager
def lent(root: Path, files: Mapping[str, Path]) -> Iterator[None]:
    """Has files from elsewhere stand below a root that is not ours to write to, while the body runs.

    Args:
        root: Of the raw data.
        files: The real files, by the paths that they shall seem to have below the root.
    """
    base = _real(os.path.abspath(root))  # noqa: PTH100 - as below
    borrowed = {(base, relative): place for relative, place in files.items()}
    _LENT.update(borrowed)
    try:
        yield
    finally:
        for key in borrowed:
            del _LENT[key]


def inside(root: Path, relative: str) -> Path:
    """Joins a path from a table or a link to the root, and refuses one that leaves it.

    Raises:
        DataError: If the path, with its links followed, is not below the root.
    """
    base = _real(os.path.abspath(root))  # noqa: PTH100 - as below
    if (base, relative) in _LENT:
        return _LENT[base, relative]
    try:
        place = os.path.realpath(os.path.join(base, relative))  # noqa: PTH118 - pathlib costs a second in 3,000
    except (OSError, ValueError) as error:
        raise _refused(root, relative, str(error)) from error
    if place != base and not place.startswith(base.rstrip(os.sep) + os.sep):
        raise _refused(root, relative, "the path, with its links followed, leads out of the raw folder")
    return Path(place)


def list_files(root: Path) -> Iterator[str]:
    """Lists the files below a root as POSIX paths, in a fixed order; hidden files are no data.

    Raises:
        DataError: If a link leaves the root or stands for a folder, or a name is not UTF-8.
    """
    yield from _list_folder(root, "")


def _list_folder(root: Path, prefix: str) -> Iterator[str]:
    """Lists one folder, then those in it; without pathlib, which takes seconds for 100,000 files."""
    with os.scandir(f"{root}/{prefix}") as found:
        entries = {entry.name: entry for entry in found}
    folders = []
    for name in sorted(entries):
        relative, entry = prefix + name, entries[name]
        if name[0] == ".":
            continue
        if not (relative.isascii() or _is_utf8(relative)):
            raise _refused(root, repr(relative), "its name is not UTF-8")
        if not entry.is_file(follow_symlinks=False):
            if _is_folder(entry):
                if entry.is_symlink():
                    raise _refused(root, relative, "it is a link to a folder")
                folders.append(name)
                continue
            if entry.is_symlink():
                inside(root, relative)
        yield relative
    for name in folders:
        if name != "__pycache__":
            yield from _list_folder(root, f"{prefix}{name}/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself; reading the case says what is wrong with it
        return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _real(root: str) -> str:
    return os.path.realpath(root)


def _refused(root: Path, relative: str, why: str) -> DataError:
    return DataError(
        "a path in the raw data is refused",
        where=f"{root}: {relative}",
        why=why,
        remedy="keep the files themselves below the raw folder, and relative UTF-8 paths in tables",
    )
