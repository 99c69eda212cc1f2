"""The site's folder: written beside the old one, put in its place, and never over somebody else's files."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from stages.contracts.artifact import Record, write_json
from stages.contracts.errors import UsageError, is_disk_full

MARK = "medgraft-site.json"


class Mark(Record):
    """Says that a folder is a site, and which of its files are the site's."""

    made_by: Literal["medgraft report --site"] = "medgraft report --site"
    files: tuple[str, ...]
    """By path below the folder, with `/`, sorted."""


def replace_site(folder: Path, pages: Mapping[str, str]) -> None:
    """Writes a site in place of the one before.

    Args:
        folder: New, empty, or an earlier site.
        pages: HTML by path below the folder.

    Raises:
        UsageError: If the folder holds something that is not the site's, or it cannot be written.
    """
    target = folder.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _held(target.parent):
            part, old = (target.with_name(f".{target.name}.{word}") for word in ("new", "old"))
            for place in (target, part, old):
                _require_ours(place)
            shutil.rmtree(part, ignore_errors=True)
            try:
                _write(part, pages)
                _swap(target, part, old)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        if is_disk_full(error):
            raise
        raise UsageError(
            "the site cannot be written",
            where=str(folder),
            why=error.strerror or type(error).__name__,
            remedy="name a folder that you may write to: `medgraft report --site DIR`",
        ) from error


def _write(part: Path, pages: Mapping[str, str]) -> None:
    part.mkdir()
    # The mark comes first: what a kill leaves behind is known to be ours.
    write_json(Mark(files=tuple(sorted(pages))), part / MARK)
    for name, text in pages.items():
        file = part / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _swap(target: Path, part: Path, old: Path) -> None:
    """Renames twice; a kill in between leaves the old site beside, and the next writing makes it good."""
    if not target.exists():
        part.replace(target)
        shutil.rmtree(old, ignore_errors=True)
        return
    shutil.rmtree(old, ignore_errors=True)
    target.replace(old)
    try:
        part.replace(target)
    except OSError:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _require_ours(place: Path) -> None:
    if not place.exists() and not place.is_symlink():
        return
    if not place.is_dir():
        raise _refusal(place, "it is no folder")
    files = {file.relative_to(place).as_posix() for file in place.rglob("*") if not file.is_dir()}
    if not files:
        return
    try:
        mark = Mark.model_validate_json((place / MARK).read_bytes())
    except (OSError, ValidationError):
        raise _refusal(place, f"it holds files, and no {MARK} says that it is a site") from None
    if strange := sorted(files - {MARK, *mark.files}):
        raise _refusal(place, f"not the site's: {', '.join(strange[:3])}")


def _refusal(place: Path, why: str) -> UsageError:
    return UsageError(
        "the folder is not a site of medgraft, and stays as it is",
        where=str(place),
        why=why,
        remedy="name another folder, or move what is in this one elsewhere",
    )


@contextmanager
def _held(parent: Path) -> Iterator[None]:
    """Lets a user and a service write the same site one after the other."""
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
