"""Tells the format of raw data from what lies there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

from stages.adapters.formats import decathlon, dicom, tabular
from stages.adapters.formats.formula import SPECIFICATION
from stages.adapters.raw.raw_files import list_files
from stages.adapters.suffixes import is_case_name
from stages.adapters.tables.given_split import NAMES
from stages.contracts.errors import UsageError

Recogniser = Callable[[Path], bool]
TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")


def detect(root: Path) -> dict[str, Any]:
    """Names the adapter that reads raw data, with the options that lie in front of everybody's eyes.

    Args:
        root: The folder or the single file.

    Raises:
        UsageError: If no adapter recognises the data, or several do.
    """
    every = [name for name, recognise in FORMATS if recognise(root)]
    found = [name for name in every if not set(YIELDS.get(name, ())) & set(every)]
    if len(found) == 1:
        layout = {"layout": "split/class"} if found == ["folder"] and _splits_first(root) else {}
        return {"format": found[0], **layout}
    known = ", ".join(name for name, _ in FORMATS)
    raise UsageError(
        f"the data may be of several formats: {', '.join(found)}"
        if found
        else "the format is not recognised",
        where=str(root),
        why=f"there are {seen(root)}",
        remedy=f"name it with --format ({known}), or a table of labels with --labels",
    )


def recognises(format_name: str, root: Path) -> bool:
    """Tells whether the adapter of this name recognises the data."""
    return any(name == format_name and recognise(root) for name, recognise in FORMATS)


def tables(root: Path) -> list[str]:
    """Lists the tables that lie at the root itself."""
    if root.is_file():
        return []
    return [name for name in list_files(root) if "/" not in name and name.lower().endswith(TABLE_SUFFIXES)]


def seen(root: Path) -> str:
    """Says in a line what lies there: how many files of which extension, and the first folders."""
    names = (
        [PurePosixPath(name) for name in list_files(root)] if root.is_dir() else [PurePosixPath(root.name)]
    )
    suffixes = ("".join(name.suffixes[-2:] if name.suffix == ".gz" else name.suffixes[-1:]) for name in names)
    counts = Counter(suffix or "without an extension" for suffix in suffixes)
    files = ", ".join(f"{number} {suffix}" for suffix, number in counts.most_common(5)) or "no files"
    folders = sorted({name.parts[0] for name in names if len(name.parts) > 1})
    more = f", … ({len(folders)})" if len(folders) > 5 else ""
    return files + (f" in {', '.join(folders[:5])}{more}" if folders else "")


def _formula(root: Path) -> bool:
    return (root / SPECIFICATION).is_file()


def _medmnist(root: Path) -> bool:
    files = [root] if root.is_file() else sorted(root.glob("*.npz"))
    if len(files) != 1 or not files[0].is_file():
        return False
    try:
        with ZipFile(files[0]) as arrays:
            return {"train_images.npy", "train_labels.npy"} <= set(arrays.namelist())
    except (BadZipFile, OSError):
        return False


def _table(root: Path) -> bool:
    """A single table that names its columns as the adapter does by default."""
    found = tables(root)
    if len(found) != 1:
        return False
    if found[0].lower().endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return {"path", "label"} <= set(pq.read_schema(root / found[0]).names)
        except (OSError, pa.ArrowException):
            return False
    with (root / found[0]).open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline(1 << 16)
    cells = head.strip().split("\t" if found[0].lower().endswith(".tsv") else ",")
    return {"path", "label"} <= {cell.strip().strip('"') for cell in cells}


def _folder(root: Path) -> bool:
    """Images in two folders or more; `images` beside `labels` are no classes."""
    if not root.is_dir():
        return False
    images = (PurePosixPath(name) for name in list_files(root))
    first = {name.parts[0] for name in images if len(name.parts) > 1 and is_case_name(name.name)}
    return len(first) > 1 and not {name.lower() for name in first} <= {"images", "labels", "masks"}


def _splits_first(root: Path) -> bool:
    folders = {name.split("/")[0].lower() for name in list_files(root) if "/" in name}
    return folders <= set(NAMES)


FORMATS: tuple[tuple[str, Recogniser], ...] = (
    ("formula", _formula),
    ("medmnist", _medmnist),
    ("decathlon", decathlon.recognise),
    ("dicom", dicom.recognise),
    ("table", _table),
    ("tabular", tabular.recognise),
    ("folder", _folder),
)
"""Each adapter with what tells its data from the others'; exactly one has to say yes."""
YIELDS = {"table": ("dicom", "tabular"), "tabular": ("dicom",), "folder": ("decathlon", "dicom")}
"""Adapters whose data are those of more special ones, where one of those says yes too."""
