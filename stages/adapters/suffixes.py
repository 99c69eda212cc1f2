"""Which extensions belong to which format; what a file holds is decided by its content alone."""

from __future__ import annotations

from pathlib import PurePosixPath

SUFFIXES: dict[str, tuple[str, ...]] = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "NIfTI": (".nii",),
    "gzipped NIfTI": (".nii.gz",),
    "NumPy": (".npy",),
}
CASE_SUFFIXES = tuple(sorted({suffix for suffixes in SUFFIXES.values() for suffix in suffixes}))


def is_case_name(name: str) -> bool:
    """Tells whether a file is called like one that holds a case."""
    return name.lower().endswith(CASE_SUFFIXES)


def suffix_of(name: str) -> str:
    """Gives the extension in small letters, `.nii.gz` as one; empty where there is none."""
    return ".nii.gz" if name.lower().endswith(".nii.gz") else PurePosixPath(name).suffix.lower()


def stem_of(name: str) -> str:
    """Gives a file's name without the extension of a case."""
    return name[: -len(suffix_of(name))] if is_case_name(name) else name


def misnamed(name: str, found: str) -> str | None:
    """Gives the format that was found, where the extension tells another one; else None."""
    suffix = suffix_of(name)
    return found if suffix and suffix not in SUFFIXES.get(found, ()) else None
