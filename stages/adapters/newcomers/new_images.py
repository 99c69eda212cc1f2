"""Image files that a trained model has not seen."""

from __future__ import annotations

from pathlib import Path

from stages.contracts.errors import DataError


def list_images(place: Path) -> list[Path]:
    """Gives the one file, or every visible file below a folder, sorted.

    Raises:
        DataError: If there is none.
    """
    if place.is_file():
        return [place]
    files = sorted(f for f in place.rglob("*") if f.is_file() and not f.name.startswith("."))
    if files:
        return files
    raise DataError(
        "there are no images to predict",
        where=str(place),
        why="the folder is empty" if place.is_dir() else "there is no such file or folder",
        remedy="give an image, or a folder of images",
    )


def name_below(file: Path, place: Path) -> str:
    """Gives the name of a listed image: its path below the folder, or its own name where it is the place."""
    return file.relative_to(place if place.is_dir() else place.parent).as_posix()
