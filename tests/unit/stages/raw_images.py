"""Makes small raw data sets of real image files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

SHARED = Path(os.environ.get("MEDGRAFT_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))


def shared_data(name: str) -> Path:
    """Gives a folder of the shared data, or skips the test."""
    if not (SHARED / name).is_dir():
        pytest.skip(f"{SHARED / name} is not there (set MEDGRAFT_TEST_DATA)")
    return SHARED / name


def picture(seed: int, height: int = 24, width: int = 20) -> NDArray[np.uint8]:
    """Gives smooth noise, so that two seeds differ in their perceptual hash."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def save(pixels: NDArray[np.generic], file: Path, file_format: str = "PNG") -> Path:
    """Writes an image file, making its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file, format=file_format)
    return file


def save_arrays(arrays: Mapping[str, object], file: Path, write: Callable[..., None] = np.savez) -> Path:
    """Writes an .npz file."""
    write(file, **arrays)
    return file


def class_folders(root: Path, cases: int = 20, classes: tuple[str, ...] = ("no", "yes")) -> Path:
    """Makes one folder of distinct PNG images per class."""
    for number, name in enumerate(classes):
        for case in range(cases):
            save(picture(1000 * number + case), root / name / f"{case:03d}.png")
    return root
