"""Finds the raw files of a domain: in its own folder, or in an installed Python distribution.

`data/raw/<domain>` is what DVC watches. Where the licence of the data forbids a copy, or the data
come with pip anyway, it holds only `package.yaml`: a pointer with the version and the digest of
what it points at, so that DVC's dependency still stands for the bytes (docs/adr/0004).
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from stages.adapters.case import UnreadableError
from stages.adapters.raw.raw_files import inside, list_files
from stages.adapters.raw.yaml_file import read_yaml
from stages.contracts.artifact import Record
from stages.contracts.errors import DataError

POINTER = "package.yaml"


class PackagePointer(Record):
    """Where raw data lie inside an installed Python distribution."""

    distribution: str
    """Name of the distribution, as pip knows it."""
    version: str
    """The exact version."""
    folder: str | None = None
    """Folder below site-packages; this or `file`."""
    file: str | None = None
    """A single file below site-packages; this or `folder`."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Of the file's bytes, or of the folder's listing as `digest` makes it."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.folder is None) == (self.file is None):
            raise ValueError("give either 'folder' or 'file'")
        return self

    @property
    def place(self) -> str:
        """The folder or the file, below site-packages."""
        return self.folder or self.file or ""


def resolve_raw(folder: Path) -> Path:
    """Gives the place of a domain's raw data.

    Args:
        folder: `data/raw/<domain>`.

    Returns:
        The folder itself, or the folder or file that its `package.yaml` points at.

    Raises:
        DataError: If the folder is missing, its pointer is not valid, the distribution is not
            installed in the pointer's version, or its bytes are not those of the pointer.
    """
    if not folder.is_dir():
        raise DataError(
            "the raw folder is missing",
            where=str(folder),
            why="there is no such folder",
            remedy="put the raw data there (`dvc pull` if they are under DVC), or correct the domain's name",
        )
    if not (folder / POINTER).is_file():
        return folder
    pointer = _read_pointer(folder / POINTER)
    root = _installed(pointer, folder / POINTER)
    place = inside(root, pointer.place)
    if not (place.is_dir() if pointer.folder else place.is_file()) or digest(place) != pointer.sha256:
        raise _distribution_error(pointer, folder / POINTER, f"{pointer.place} is missing or was altered")
    return place


def digest(place: Path) -> str:
    """Gives the SHA-256 of a file's bytes, or of the sorted lines `<sha256>  <path>` of a folder's files."""
    if place.is_file():
        return hashlib.sha256(place.read_bytes()).hexdigest()
    lines = sorted(f"{digest(place / relative)}  {relative}\n" for relative in list_files(place))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read_pointer(file: Path) -> PackagePointer:
    try:
        return read_yaml(file, PackagePointer)
    except UnreadableError as error:
        raise DataError(
            "a pointer to raw data is not valid",
            where=str(file),
            why=str(error),
            remedy="write distribution, version, folder or file, and sha256",
        ) from error


def _installed(pointer: PackagePointer, file: Path) -> Path:
    try:
        found = distribution(pointer.distribution)
    except PackageNotFoundError as error:
        raise _distribution_error(pointer, file, "it is not installed") from error
    if found.version != pointer.version:
        raise _distribution_error(pointer, file, f"version {found.version} is installed")
    return Path(str(found.locate_file("")))


def _distribution_error(pointer: PackagePointer, file: Path, why: str) -> DataError:
    return DataError(
        f"raw data need the distribution {pointer.distribution} {pointer.version}",
        where=str(file),
        why=why,
        remedy="run `make setup`",
    )
