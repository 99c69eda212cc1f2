"""Writes artifacts whole or not at all, and in bytes that depend on nothing but their content."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.contracts.errors import DataError


class Record(BaseModel):
    """Base of every JSON artifact: frozen, closed, and with one way to be written."""

    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=BaseModel)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Gives a folder beside `target` to write in, and renames it to `target` at the end.

    If the body raises, `target` is what it was before.
    """
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Gives a path beside `target` to write to, and renames it to `target` at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_json(record: BaseModel, file: Path) -> None:
    """Writes a record as indented JSON with a final newline; the same record gives the same bytes."""
    with whole_file(file) as part:
        part.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_json(model: type[R], file: Path) -> R:
    """Reads a record back.

    Raises:
        DataError: If the file is missing or does not hold such a record.
    """
    try:
        return model.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            "an artifact cannot be read",
            where=str(file),
            why=_first(error) if isinstance(error, ValidationError) else error.strerror or str(error),
            remedy="run the stage that writes it again: `medgraft run --force STAGE`",
        ) from error


def _first(error: ValidationError) -> str:
    """Says what is wrong with the first key that is."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {first['msg']}" if key else first["msg"]
