"""Finds the file of a clinical table among raw data."""

from __future__ import annotations

import codecs
from itertools import islice
from pathlib import Path, PurePosixPath

from stages.adapters.raw.raw_files import inside, list_files
from stages.contracts.errors import DataError

SUFFIXES = (".csv", ".tsv", ".data", ".parquet")
PAPERS = ("", ".md", ".txt", ".names", ".pdf", ".dvc", ".yaml", ".json")
"""What may lie beside a table without being data."""
_HEAD = 1 << 16


def is_lone_sheet(root: Path) -> bool:
    """Tells whether the raw data are one table, with nothing beside it but what describes it."""
    if not root.is_dir():
        return root.suffix.lower() in SUFFIXES and _is_sheet(root)
    data = (name for name in list_files(root) if PurePosixPath(name).suffix.lower() not in PAPERS)
    first = list(islice(data, 2))
    return len(first) == 1 and first[0].lower().endswith(SUFFIXES) and _is_sheet(root / first[0])


def find_sheet(root: Path, name: str | None) -> Path:
    """Finds the table: the named one, or the only one.

    Raises:
        DataError: If there is none, or several.
    """
    if root.is_file():
        return root
    names = [name] if name else sorted(one for one in list_files(root) if one.lower().endswith(SUFFIXES))
    if len(names) != 1:
        raise DataError(
            "the raw data hold no single table",
            where=str(root),
            why=f"there are {len(names)}: {', '.join(names[:5])}" if names else "there is none",
            remedy="name it with `file`",
        )
    return inside(root, names[0])


def _is_sheet(file: Path) -> bool:
    """Looks at the first bytes: a name promises nothing."""
    if not file.is_file():
        return False
    with file.open("rb") as source:
        head = source.read(_HEAD)
    if file.suffix.lower() == ".parquet":
        return head.startswith(b"PAR1")
    try:
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
