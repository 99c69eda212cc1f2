"""Adapter `decathlon`: images and masks as in the Medical Segmentation Decathlon (Antonelli et al. 2022).

Pairs of `images/` and `labels/`, or of `imagesTr/` and `labelsTr/`, have the same name. A `dataset.json`
names the classes, and its list `training`, if there is one, says alone which pairs there are. Images
without masks by design, in `imagesTs/`, are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

from stages.adapters.case import AdapterOptions, Decoded, RawCase, RawFacts
from stages.adapters.formats.decathlon_record import DATASET, DatasetRecord, read_dataset
from stages.adapters.images.case_file import decode_case_file
from stages.adapters.images.mask import with_mask
from stages.adapters.raw.raw_files import inside, list_files
from stages.adapters.suffixes import stem_of
from stages.contracts.errors import DataError

FOLDERS = (("images", "labels"), ("imagesTr", "labelsTr"))


def recognise(root: Path) -> bool:
    """Tells whether a folder holds folders of images and of masks by the names of the Decathlon."""
    return any((root / images).is_dir() and (root / masks).is_dir() for images, masks in FOLDERS)


class DecathlonOptions(AdapterOptions):
    """Options of the adapter `decathlon`; `classes` names the values of the masks in their order."""

    format: Literal["decathlon"] = "decathlon"
    """Name of the adapter."""


class DecathlonAdapter:
    """Reads images with a mask each."""

    def __init__(self, root: Path, options: DecathlonOptions) -> None:
        self._root, self._options = root, options
        listed = inside(root, DATASET)
        self._dataset = read_dataset(listed) if listed.exists() else DatasetRecord()

    @property
    def facts(self) -> RawFacts:
        """Classes as params or `dataset.json` name them; else they are the values found in the masks."""
        return RawFacts(task="segmentation", classes=self._options.classes or self._dataset.classes or None)

    def cases(self) -> Sequence[RawCase]:
        """Lists the images, and those that a mask without one is waiting for.

        Raises:
            DataError: If there is neither a list nor such folders, or a path leaves the root.
        """
        if not (self._dataset.training or recognise(self._root)):
            raise DataError(
                "the raw data are not in the layout of the Decathlon",
                where=str(self._root),
                why="there are no folders images and labels, nor imagesTr and labelsTr",
                remedy="put images and masks of the same names into them, or choose another adapter",
            )
        return [RawCase(image, image, None) for image, _ in sorted(self._pairs, key=lambda pair: pair[0])]

    def files(self, path: str) -> tuple[str, ...]:
        """Names the image and its mask."""
        mask = self._masks.get(path)
        return (path,) if mask is None else (path, mask)

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be decoded."""

    def decode(self, path: str) -> Decoded:
        """Reads an image with its mask.

        Raises:
            UnreadableError: If one is missing or cannot be decoded, or they do not fit.
            DataError: If a path leaves the root.
        """
        return with_mask(self._read(path), self._masks.get(path), self._read)

    def _read(self, path: str) -> Decoded:
        return decode_case_file(inside(self._root, path))

    @cached_property
    def _masks(self) -> dict[str, str | None]:
        return dict(self._pairs)

    @cached_property
    def _pairs(self) -> list[tuple[str, str | None]]:
        """Path of each image and of its mask, None where it has none."""
        if self._dataset.training:
            return [(self._listed(pair.image), self._listed(pair.label)) for pair in self._dataset.training]
        pairs: list[tuple[str, str | None]] = []
        for images, masks in FOLDERS:
            names, wanted = self._names(images), {stem_of(name): name for name in self._names(masks)}
            stems = {name: stem_of(name) for name in names}
            pairs += [(f"{images}/{name}", _below(masks, wanted.get(stem))) for name, stem in stems.items()]
            alone = (mask for stem, mask in wanted.items() if stem not in set(stems.values()))
            pairs += [(f"{images}/{mask}", f"{masks}/{mask}") for mask in alone]
        return pairs

    def _listed(self, path: str) -> str:
        inside(self._root, path)
        return PurePosixPath(path).as_posix()

    def _names(self, folder: str) -> list[str]:
        place = self._root / folder
        return list(list_files(place)) if place.is_dir() else []


def _below(folder: str, name: str | None) -> str | None:
    return None if name is None else f"{folder}/{name}"
