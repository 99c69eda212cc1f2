"""Thumbnails of cases that findings name: small images of patients, which stay where the raw data may be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stages.contracts.artifact import Record, read_json, write_json
from stages.contracts.errors import DataError

FOLDER, INDEX = "thumbnails", "index.json"
SIDE = 96
"""Pixels of the longer side, at most."""
MOST = 48
"""Thumbnails of a domain, at most."""
PER_FINDING = 6
"""Thumbnails of one finding, at most."""
LARGEST = 64 * 1024
"""Bytes of a file, at most: more than a coloured image of that size without any compression has."""


class Thumbnail(Record):
    """One image, and the case that it shows."""

    case: str
    file: Annotated[str, Field(pattern=r"^[0-9a-f]{20}\.png$")]
    """Below the folder; named by the content of the case, so that it is drawn once."""
    sha256: str
    """Of the file."""


class Thumbnails(Record):
    """The index of a folder of thumbnails."""

    fingerprint: str
    """Of the code and the options by which cases were read and drawn."""
    images: tuple[Thumbnail, ...]
    """Sorted by case."""


def file_of(content_sha256: str) -> str:
    """Names the file for a content."""
    return f"{content_sha256[:20]}.png"


def write_thumbnails(folder: Path, fingerprint: str, images: Mapping[str, tuple[str, bytes]]) -> None:
    """Writes images and their index; where there is none, no folder either.

    Args:
        folder: To be made.
        fingerprint: Of how they were drawn.
        images: By case: the case's content hash, and the bytes of a PNG.
    """
    if not images:
        return
    folder.mkdir(parents=True)
    entries = []
    for case, (content, data) in sorted(images.items()):
        (folder / file_of(content)).write_bytes(data)
        entries.append(Thumbnail(case=case, file=file_of(content), sha256=hashlib.sha256(data).hexdigest()))
    write_json(Thumbnails(fingerprint=fingerprint, images=tuple(entries)), folder / INDEX)


def read_thumbnails(folder: Path) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """Reads them back.

    Returns:
        Their fingerprint, and by case the name of the file and its bytes; none where there is no folder.

    Raises:
        DataError: If the index or an image is missing or damaged.
    """
    if not folder.is_dir():
        return "", {}
    index = read_json(Thumbnails, folder / INDEX)
    return index.fingerprint, {one.case: (one.file, _read(folder, one)) for one in index.images}


def _read(folder: Path, thumbnail: Thumbnail) -> bytes:
    file = folder / thumbnail.file
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise _damaged(file, error.strerror or str(error)) from error
    if len(data) > LARGEST or hashlib.sha256(data).hexdigest() != thumbnail.sha256:
        raise _damaged(file, "it is not the file that the index names")
    return data


def _damaged(file: Path, why: str) -> DataError:
    return DataError(
        "a thumbnail cannot be read",
        where=str(file),
        why=why,
        remedy="run the stage that writes it again: `medgraft run --force ingest`",
    )
