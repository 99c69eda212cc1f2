"""Reads a raw file whole, within a limit, and waits for nothing that is no file."""

from __future__ import annotations

import stat
from pathlib import Path

from stages.adapters.case import UnreadableError

LARGEST = 2_000_000_000
"""Bytes of a file, and bytes that one may unpack to: more would not fit in memory beside other cases."""


class AbsentError(UnreadableError):
    """There is no such file, or no such member of an archive."""


def read_bytes(file: Path) -> bytes:
    """Gives the bytes of a file.

    Raises:
        AbsentError: If it is missing.
        UnreadableError: If it is empty, too large or no regular file.
    """
    try:
        facts = file.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableError("it is no regular file")  # reading a pipe would wait for ever
        if facts.st_size > LARGEST:
            raise UnreadableError(f"it has {facts.st_size} bytes; at most {LARGEST} are read")
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise AbsentError("No such file") from error
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if not data:
        raise UnreadableError("it is empty")
    return data


def reason_of(error: Exception) -> str:
    """Gives the first line of what a library says, or the error's name where it says nothing."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
