"""Finds and ends the processes that a stage's command left running."""

from __future__ import annotations

import fcntl
import importlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.shelf import Shelf
from stages.contracts.errors import StageError
from stages.contracts.previous import PREVIOUS

RUN_MARK = "MEDGRAFT_RUN"
SERVE_MARK = "MEDGRAFT_SERVE"
SPAWNING = threading.Lock()
"""Held while a command is started: until it is, it still has every file of this process open."""

_PATIENCE_SECONDS = 3.0
_LIMIT_SECONDS = 20.0


def end_survivors(shelf: Shelf, group: int) -> list[int]:
    """Ends what a command left behind when it ended.

    Args:
        shelf: The shelf of the stage.
        group: The command's process group.

    Returns:
        The processes ended.
    """
    if not _group_lives(group) and not _is_locked(shelf):
        return []
    return end_orphans(shelf)


def end_orphans(shelf: Shelf) -> list[int]:
    """Ends the processes of a command that outlived its run, with all they started.

    They are known by the shelf's locked file, which they hold open, and by their environment,
    which names the shelf: neither is mistaken when a process number is used again.
    """

    def is_ours(process: Any) -> bool:
        return _is_foreign(process.pid) and (
            _has(process, PREVIOUS, str(shelf.previous)) or _holds(process, shelf)
        )

    return _end(is_ours, lambda: _is_locked(shelf), str(shelf.folder))


def end_helpers(mark: str) -> list[int]:
    """Ends what else a killed run had started: Prefect's embedded server.

    Args:
        mark: What `MEDGRAFT_RUN` says in their environment.
    """
    return _end(lambda process: _has(process, RUN_MARK, mark), lambda: False, mark)


def end_served(root: Path) -> list[int]:
    """Ends what a killed `medgraft serve` left: its Prefect server, and the retraining it had begun.

    Args:
        root: The workspace, which nobody serves.
    """
    return _end(lambda process: _has(process, SERVE_MARK, str(root)), lambda: False, str(root))


def has_child(word: str) -> bool:
    """Tells whether a child of this process has a word in its command line."""
    for child in _psutil().Process().children():
        try:
            if word in child.cmdline():
                return True
        except (_psutil().Error, OSError):
            continue
    return False


def _end(is_ours: Callable[[Any], bool], is_locked: Callable[[], bool], where: str) -> list[int]:
    ended: list[int] = []
    start = time.monotonic()
    while (waited := time.monotonic() - start) < _LIMIT_SECONDS:
        with SPAWNING:
            everyone = (process for process in _psutil().process_iter() if process.pid != os.getpid())
            alive = [process.pid for process in everyone if is_ours(process)]
        ended += [pid for pid in alive if pid not in ended]
        if not alive and not is_locked():
            return ended
        _signal_all(alive, signal.SIGTERM if waited < _PATIENCE_SECONDS else signal.SIGKILL)
        time.sleep(0.05)
    raise StageError(
        "a process of a killed run cannot be ended",
        where=where,
        why=f"process {', '.join(map(str, alive)) or 'of another user'} is still there",
        remedy="end it by hand, then run again",
    )


def _is_foreign(pid: int) -> bool:
    """Commands have sessions of their own; in ours are this process and what it just begins to start."""
    try:
        return os.getsid(pid) != os.getsid(0)
    except OSError:
        return False


def _psutil() -> Any:
    """Orphans are rare, and importing it takes a twentieth of a second."""
    return importlib.import_module("psutil")


def _has(process: Any, name: str, value: str) -> bool:
    try:
        return bool(process.environ().get(name) == value)
    except (_psutil().Error, OSError):
        return False


def _holds(process: Any, shelf: Shelf) -> bool:
    try:
        return any(file.path == str(shelf.alive) for file in process.open_files())
    except (_psutil().Error, OSError):
        return False


def _is_locked(shelf: Shelf) -> bool:
    if not shelf.alive.exists():
        return False
    with shelf.alive.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def _signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            continue
