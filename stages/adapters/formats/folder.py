"""Adapter `folder`: images or volumes in one folder per class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Literal

from stages.adapters.case import AdapterOptions, Decoded, RawCase, RawFacts
from stages.adapters.images.case_file import decode_case_file
from stages.adapters.raw.raw_files import inside, list_files
from stages.adapters.suffixes import is_case_name
from stages.adapters.tables.given_split import given_split
from stages.contracts.errors import DataError
from stages.contracts.manifest import Split


def recognise(root: Path) -> bool:
    """Tells whether a folder holds images in at least two folders, as classes or splits do."""
    if not root.is_dir():
        return False
    folders = [place for place in sorted(root.iterdir()) if place.is_dir() and not place.name.startswith(".")]
    full = (any(map(is_case_name, islice(list_files(place), 1000))) for place in folders)
    return len(list(islice(filter(None, full), 2))) == 2


class FolderOptions(AdapterOptions):
    """Options of the adapter `folder`."""

    format: Literal["folder"] = "folder"
    """Name of the adapter."""
    layout: Literal["class", "split/class"] = "class"
    """Whether the first folder names the class, or the split and the second one the class."""


class FolderAdapter:
    """Reads images whose class is the name of their folder."""

    def __init__(self, root: Path, options: FolderOptions) -> None:
        self._root, self._options = root, options

    @property
    def facts(self) -> RawFacts:
        """Classes as params name them, and splits where the first folder does."""
        given = self._options.layout == "split/class"
        return RawFacts(classes=self._options.classes, given_splits=given)

    def cases(self) -> Sequence[RawCase]:
        """Lists every file in a class folder, and images that lie in none.

        Raises:
            DataError: If the root is not a folder, or a first folder names no split.
        """
        if not self._root.is_dir():
            raise DataError(
                "the raw data are not a folder of classes",
                where=str(self._root),
                why="it is a single file",
                remedy="choose another adapter in params.yaml",
            )
        given = self.facts.given_splits
        cases = [self._case(path, given) for path in list_files(self._root)]
        return sorted((case for case in cases if case is not None), key=attrgetter("case_id"))

    def files(self, path: str) -> tuple[str, ...]:
        """Names the image."""
        return (path,)

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be decoded."""

    def decode(self, path: str) -> Decoded:
        """Reads an image.

        Raises:
            UnreadableError: If it cannot be decoded.
            DataError: If the path leaves the root.
        """
        return decode_case_file(inside(self._root, path))

    def _case(self, path: str, given: bool) -> RawCase | None:
        folder, below, rest = path.partition("/")
        split: Split | None = None
        if given and below:
            split = given_split(folder, str(self._root / folder))
            folder, below, _ = rest.partition("/")
        if not below and not is_case_name(path):
            return None  # a licence or a readme beside the classes
        return RawCase(path, path, folder if below else None, None, split)
