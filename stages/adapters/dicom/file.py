"""Finds DICOM files by content, and opens them without trusting what they claim."""

from __future__ import annotations

import logging
import warnings
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stages.adapters.case import UnreadableError

if TYPE_CHECKING:
    from pydicom import Dataset

LARGEST = 2 << 30
"""Bytes that a case may take in memory."""
FREE = 64 << 20
"""Bytes that a file of any size may unpack to; beyond that it is held against the size of the file."""
MOST_EXPANSION = 500
"""Times its own size that such a file may unpack to; no real image shrinks to so little."""

_DEFLATED = "1.2.840.10008.1.2.1.99"
_BARE_VRS = {b"CS", b"UI", b"UL", b"SH", b"LO", b"DA", b"TM"}
_CHUNK = 1 << 20


def is_dicom(file: Path) -> bool:
    """Tells by its first bytes whether a file is DICOM, be it without preamble.

    Raises:
        OSError: If it cannot be opened.
    """
    with file.open("rb") as opened:
        head = opened.read(132)
    return head[128:] == b"DICM" or _starts_bare(head)


def _starts_bare(head: bytes) -> bool:
    """Tells whether a file without preamble could be a data set: it starts with group 2 or 8."""
    if head[:2] not in (b"\x02\x00", b"\x08\x00", b"\x00\x08"):
        return False
    return head[4:6] in _BARE_VRS or (head[6:8] == b"\0\0" and head[4:5] != b"\0")


def read_dataset(file: Path, tags: Sequence[str] = ()) -> Dataset:
    """Reads a DICOM file.

    Args:
        file: With or without preamble.
        tags: Keywords of what to read; everything, the pixels too, if empty.

    Raises:
        UnreadableError: If it is no such file, is damaged, or would unpack to far more than it holds.
    """
    pydicom = _silent_pydicom()
    if file.exists() and not file.is_file():
        raise UnreadableError("it is no regular file")  # reading a pipe would wait for ever
    try:
        with file.open("rb") as opened:
            _check_inflation(opened, file.stat().st_size)
            header_only, wanted = bool(tags), list(tags) or None
            return pydicom.dcmread(opened, None, header_only, force=True, specific_tags=wanted)
    except UnreadableError:
        raise
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    # A parser may fail in any way on damaged or hostile bytes; its words could quote what names a patient.
    except Exception as error:
        raise UnreadableError(f"its header cannot be read ({type(error).__name__})") from error


def check_claim(claimed: int, held: int) -> None:
    """Refuses to unpack what a file cannot hold, before memory is taken for it.

    Args:
        claimed: Bytes that it is said to unpack to.
        held: Size of the file in bytes.

    Raises:
        UnreadableError: If that is too much, for the file or at all.
    """
    if claimed > min(LARGEST, max(FREE, MOST_EXPANSION * held)):
        raise UnreadableError(f"it claims to hold {claimed} bytes of pixels, in a file of {held}")


def _check_inflation(opened: BinaryIO, held: int) -> None:
    """Unpacks a deflated data set piece by piece, and goes back to the start of the file."""
    from pydicom.filereader import read_dataset as read_elements
    from pydicom.filereader import read_preamble

    read_preamble(opened, force=True)
    start = opened.tell()
    for implicit in (False, True):  # some write the file meta information in implicit VR
        opened.seek(start)
        meta = read_elements(opened, implicit, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)  # noqa: ARG005
        if "TransferSyntaxUID" in meta:
            break
    if meta.get("TransferSyntaxUID") == _DEFLATED:
        inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while piece := inflater.unconsumed_tail or opened.read(_CHUNK):
            total += len(inflater.decompress(piece, _CHUNK))
            check_claim(total, held)
    opened.seek(0)


@cache
def _silent_pydicom():  # type: ignore[no-untyped-def]
    """Imports pydicom so that it does not warn: its warnings quote header values."""
    import pydicom

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="pydicom")
    return pydicom
