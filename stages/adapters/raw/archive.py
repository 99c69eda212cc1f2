"""Reads members of a zip file, and trusts none of them."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from stages.adapters.case import UnreadableError
from stages.adapters.raw.raw_bytes import LARGEST, AbsentError, reason_of
from stages.contracts.errors import DataError


class Archive:
    """An opened zip file; `read` may be called from several threads.

    Raises:
        DataError: If the file cannot be opened as a zip.
    """

    def __init__(self, file: Path) -> None:
        try:
            if file.exists() and not file.is_file():
                raise BadZipFile("it is no regular file")
            self._name, self._zip = file.name, ZipFile(file)
        except (BadZipFile, OSError) as error:
            raise DataError(
                "the archive cannot be opened",
                where=str(file),
                why=str(error),
                remedy="fetch it again, or correct `archive`",
            ) from error

    def read(self, member: str) -> bytes:
        """Unpacks a member.

        Raises:
            AbsentError: If there is no such member.
            UnreadableError: If it is damaged, encrypted or too large.
        """
        try:
            size = self._zip.getinfo(member).file_size
            if size > LARGEST:
                raise UnreadableError(f"it would unpack to {size} bytes; at most {LARGEST} are read")
            return self._zip.read(member)
        except KeyError as error:
            raise AbsentError(f"{self._name} holds no such member") from error
        # Unpacking may fail in any way on damaged or hostile bytes, and all of them mean the same here.
        except Exception as error:
            raise UnreadableError(reason_of(error)) from error
