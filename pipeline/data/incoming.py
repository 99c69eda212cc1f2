"""Copies or links data into a folder of the workspace, from where they are moved to their place at once."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.data.held import Held
from pipeline.processes.halt import Halt
from stages.contracts.errors import DataError, UsageError
from stages.contracts.inspection import Inspection

Watched = Callable[[list[str]], Iterable[str]]
"""Shows progress while it hands on the names of the files."""


@dataclass(frozen=True)
class Incoming:
    """Data in the workspace, not yet in their place.

    Attributes:
        folder: Where they are.
        files: MD5 of each file by its path below the folder.
        shared: Whether they share their bytes with the user's own files.
    """

    folder: Path
    files: Mapping[str, str]
    shared: bool


def bring(seen: Inspection, folder: Path, held: Held, link: bool, halt: Halt, watched: Watched) -> Incoming:
    """Fills a folder with the data.

    A file that the raw folder holds already is linked from there, which costs no time and no space.

    Args:
        seen: What the data are.
        folder: The folder to fill; what lies there goes.
        held: The raw folder.
        link: Whether files are linked, so that they share their bytes with the user's.
        halt: Ends the copying.
        watched: Shows the progress.

    Returns:
        The data in the folder.

    Raises:
        DataError: If something is no regular file, or is gone.
        UsageError: If files cannot be linked.
    """
    files = seen.known_files
    if len(files) < len(seen.files):
        refused = sorted(seen.files.keys() - files.keys())
        raise DataError(
            "the data hold what is no regular file, or cannot be read",
            where=f"{seen.base}: {refused[0]}",
            why=f"there are {len(refused)} such" if refused[1:] else "it has no bytes to copy",
            remedy="remove it, or make it readable",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in watched(sorted(files)):
        halt.check()
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        source = Path(os.path.realpath(seen.borrowed.get(name) or Path(seen.base) / name))
        if link:
            _link(source, place)
        elif held.files.get(name) != files[name] or not _linked(held.folder / name, place):
            _copy(source, place)
    return Incoming(folder, files, link)


def _linked(old: Path, place: Path) -> bool:
    try:
        if old.is_symlink():
            return False
        os.link(old, place)
    except OSError:
        return False
    return True


def _link(source: Path, place: Path) -> None:
    try:
        os.link(source, place)
    except OSError as error:
        other = error.errno == errno.EXDEV
        raise UsageError(
            "the data cannot be linked",
            where=str(source),
            why="they lie on another file system" if other else error.strerror or str(error),
            remedy="leave --link out: the data are then copied",
        ) from error


def _copy(source: Path, place: Path) -> None:
    try:
        shutil.copy2(source, place)
    except (FileNotFoundError, PermissionError) as error:
        raise DataError(
            "a file of the data cannot be copied",
            where=str(source),
            why=error.strerror or str(error),
            remedy="leave the data alone while they are taken, and try again",
        ) from error
