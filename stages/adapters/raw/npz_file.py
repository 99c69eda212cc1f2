"""Maps the arrays of an npz file, so that none of them is in memory as a whole."""

from __future__ import annotations

import math
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from threading import Lock
from typing import IO
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from stages.adapters.case import Pixels
from stages.adapters.raw.npy_header import read_npy_header
from stages.adapters.raw.raw_bytes import reason_of
from stages.contracts.errors import is_disk_full

_CHUNK = 1 << 20
_LOCAL_HEADER = 30
"""Bytes of a zip member's own header before its name."""


class NpzError(Exception):
    """An array cannot be read; the message says why."""


class NpzArray:
    """One array of an npz file; may be used from several threads.

    Its header is read at once, and held against the bytes that really follow. Its values are mapped when they
    are first asked for: in place where they are stored as they are, else from a copy, unpacked once to
    a temporary file without a name, which is gone when the process ends, however it ends.

    Args:
        file: The npz file.
        name: Of the array.

    Raises:
        NpzError: If there is no such array of numbers.
    """

    def __init__(self, file: Path, name: str) -> None:
        self._file, self._lock = file, Lock()
        self._values: Pixels | None = None
        with _reading(), ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
            self._member = archive.getinfo(f"{name}.npy")
            self.shape, self._by_column, self.dtype = read_npy_header(member)
            if self.dtype.hasobject:
                raise NpzError("it is a pickle of Python objects, which could run code")
            self._start = member.tell()
        claimed, real = math.prod(self.shape) * self.dtype.itemsize, self._member.file_size - self._start
        if claimed != real or min(self.shape, default=0) < 0:
            raise NpzError(f"its header claims {claimed} bytes of shape {self.shape}, and {real} follow")

    @property
    def values(self) -> Pixels:
        """The array, read from the disk where it is looked at.

        Raises:
            NpzError: If it is damaged, or has no room to be unpacked in.
        """
        with self._lock:
            if self._values is None:
                self._values = self._map() if math.prod(self.shape) else np.empty(self.shape, self.dtype)
            return self._values

    def _map(self) -> Pixels:
        stored = self._member.compress_type == ZIP_STORED
        if not stored:
            self._ask_for_room()
        with _reading(), self._file.open("rb") if stored else TemporaryFile() as place:
            with ZipFile(self._file) as archive, archive.open(self._member) as member:
                while chunk := member.read(_CHUNK):  # to the end, where the checksum is compared
                    if not stored:
                        place.write(chunk)
            place.flush()
            start = self._start + (self._offset(place) if stored else 0)
            mapped = mmap(place.fileno(), 0, access=ACCESS_READ)
            return np.ndarray(self.shape, self.dtype, mapped, start, order="F" if self._by_column else "C")

    def _offset(self, file: IO[bytes]) -> int:
        """Gives the place of the member's data: its own header may be longer than the directory says."""
        file.seek(self._member.header_offset)
        name, extra = struct.unpack("<HH", file.read(_LOCAL_HEADER)[-4:])
        return self._member.header_offset + _LOCAL_HEADER + int(name) + int(extra)

    def _ask_for_room(self) -> None:
        free = shutil.disk_usage(gettempdir()).free
        if self._member.file_size > free:
            raise NpzError(
                f"unpacked it takes {self._member.file_size} bytes, and {gettempdir()} has {free}; "
                "TMPDIR may name another folder, and `numpy.savez` writes files that need no unpacking"
            )


@contextmanager
def _reading() -> Iterator[None]:
    """Makes one error of all that damaged or hostile bytes can cause; a full disk is another matter."""
    try:
        yield
    except NpzError:
        raise
    except Exception as error:
        if is_disk_full(error):
            raise
        raise NpzError(reason_of(error)) from error
