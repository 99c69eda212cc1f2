"""What can go wrong by a user's doing, as a block of four lines and an exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, TextIO


class MedgraftError(Exception):
    """A mistake that a user can mend; shown as four lines, never as a traceback.

    Args:
        what: What went wrong, in one line.
        where: The file, case or key it went wrong at.
        why: The cause.
        remedy: What to do about it.
    """

    exit_code: ClassVar[int] = 12

    def __init__(self, what: str, *, where: str, why: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.remedy = what, where, why, remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets an error of a worker in another process arrive as what it is."""
        facts = {"where": self.where, "why": self.why, "remedy": self.remedy}
        return partial(type(self), **facts), (self.what,)

    def __str__(self) -> str:
        facts = {"where": self.where, "why": self.why, "remedy": self.remedy}
        lines = [f"error: {_one_line(self.what)}"]
        return "\n".join(lines + [f"  {name + ':':<8}{_one_line(text)}" for name, text in facts.items()])


class UsageError(MedgraftError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class ParamsError(MedgraftError):
    """params.yaml holds an unknown key, a wrong type or a value out of range."""

    exit_code = 10


class DataError(MedgraftError):
    """Raw data, weights or an artifact made from them cannot be used."""

    exit_code = 11


class StageError(MedgraftError):
    """A stage failed for a reason other than its params or its data."""

    exit_code = 12


class AuditError(MedgraftError):
    """An audit found a difference between a record and what is there."""

    exit_code = 13


class WorkspaceHeldError(MedgraftError):
    """Another run holds the workspace."""

    exit_code = 14


class CacheError(MedgraftError):
    """A cached artifact is damaged or missing."""

    exit_code = 15


class GateError(MedgraftError):
    """The gate refused a promotion."""

    exit_code = 16


class RemoteError(MedgraftError):
    """A DVC remote or a git remote could not be read or written; nothing here was lost."""

    exit_code = 17


class ClusterError(MedgraftError):
    """The cluster cannot be reached, or its workers do not see what this process sees."""

    exit_code = 18


def guarded(main: Callable[[], None], stream: TextIO | None = None) -> int:
    """Runs `main` and turns what went wrong into an exit code.

    Args:
        main: The entry point of a stage or a command.
        stream: Where the block of four lines goes; standard error by default.

    Returns:
        0, or the exit code of the error. Anything but a `MedgraftError` and a full
        disk is a defect of the program and keeps its traceback.
    """
    try:
        main()
    except MedgraftError as error:
        # At once, or the blocks of two processes would run into each other.
        (stream or sys.stderr).write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        if not is_disk_full(error):
            raise
        print(disk_full(error), file=stream or sys.stderr)
        return StageError.exit_code
    return 0


def is_disk_full(error: BaseException) -> bool:
    """Tells whether there was no space left, or no more of the user's share of it."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def disk_full(error: OSError) -> StageError:
    """Says which file did not fit on the disk."""
    return StageError(
        "no space left on the disk",
        where=str(error.filename or "the workspace"),
        why=error.strerror or "the file system is full",
        remedy="free some space (`dvc gc --workspace` drops old cache files) and run again",
    )


def _one_line(text: str) -> str:
    """Keeps a hostile file name from breaking the block of four lines."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
