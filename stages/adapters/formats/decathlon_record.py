"""Reads the `dataset.json` of the Medical Segmentation Decathlon, and of nnU-Net, which names labels anew."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from stages.adapters.case import UnreadableError
from stages.adapters.raw.raw_bytes import read_bytes
from stages.contracts.errors import DataError

DATASET = "dataset.json"


class TrainingPair(BaseModel):
    """An image and its mask, below the raw root."""

    model_config = ConfigDict(frozen=True)

    image: str
    label: str


class DatasetRecord(BaseModel):
    """What is read of `dataset.json`; other keys are left alone."""

    model_config = ConfigDict(frozen=True)

    labels: dict[str, str | int] = {}
    """Name by number, as in the Decathlon (`"1": "liver"`), or number by name, as in nnU-Net."""
    training: tuple[TrainingPair, ...] = ()
    """The pairs; empty where the folders say them."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names in the order of their numbers, a number itself where it has no name; empty if none has."""
        named = self._named
        return tuple(named.get(value, str(value)) for value in range(max(named, default=-1) + 1))

    @property
    def _named(self) -> dict[int, str]:
        pairs = (pair if pair[0].isdecimal() else pair[::-1] for pair in self.labels.items())
        return {int(value): str(name) for value, name in pairs}

    @model_validator(mode="after")
    def _numbers_fit_a_mask(self) -> Self:
        if any(not 0 <= value <= 255 for value in self._named):
            raise ValueError("a class has a number from 0 to 255")
        return self


def read_dataset(file: Path) -> DatasetRecord:
    """Reads the file.

    Raises:
        DataError: If it is no such JSON, or numbers a class beyond 255.
    """
    try:
        return DatasetRecord.model_validate_json(read_bytes(file))
    except (UnreadableError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(str(part) for part in first["loc"]) if first else ""
        raise DataError(
            f"{DATASET} cannot be used",
            where=f"{file}: {place}" if place else str(file),
            why=first["msg"] if first else str(error),
            remedy="correct it, or remove it: `images/` and `labels/` alone will do",
        ) from error
