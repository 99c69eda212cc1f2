"""Options of the adapter `table`, found by holding a table of labels against the files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pandas as pd

from stages.adapters.choosing.naming import find_id_column, find_naming
from stages.adapters.raw.place import Table
from stages.adapters.suffixes import is_case_name
from stages.adapters.tables.table_file import check_column, read_cases
from stages.contracts.errors import DataError, UsageError
from stages.contracts.inspection import Columns

Found = tuple[dict[str, Any], tuple[str, ...]]


def match_table(root: Path, files: Sequence[str], table: Table, columns: Columns) -> Found:
    """Finds out how the identifiers of a table become the names of files.

    Args:
        root: Of the raw data.
        files: What lies below it.
        table: The table.
        columns: What the user says of it; the column of identifiers is found where it is not named.

    Returns:
        Options of the adapter, and what was chosen on the user's behalf.

    Raises:
        DataError: If the table cannot be read, or less than half of its rows name a file.
        UsageError: If nobody says which column holds the labels.
    """
    frame = read_cases(table.place)
    archive = _archive(files)
    names = _members(root / archive) if archive else [name for name in files if name != table.name]
    _check_columns(frame, table, columns)
    cells = {str(name): [str(cell or "") for cell in frame[name]] for name in frame.columns}
    column = columns.id or find_id_column(cells, names)
    if column is None:
        raise no_match(table, "no column has the names of the files, one a row", "name it with --id")
    naming = find_naming(cells[column], names)
    matched = (
        f"`{naming.prefix}<{column}>{naming.suffix}` is a file for {naming.matched} of {len(frame)} rows"
    )
    if 2 * naming.matched < max(len(frame), 1):
        remedy = "name another column with --id, or add one with the path of each file"
        raise no_match(table, f"{matched}, and nothing fits more", remedy)
    notes = [f"{table.name}: {matched}"]
    idle = sum(map(_is_image, names)) - naming.matched
    if idle > 0:
        notes.append(f"{table.name}: {idle} images are named by no row and left out")
    options = {"file": table.name, "path": column, "prefix": naming.prefix, "suffix": naming.suffix}
    return options | ({"archive": archive} if archive else {}), tuple(notes)


def _check_columns(frame: pd.DataFrame, table: Table, columns: Columns) -> None:
    if columns.id:
        check_column(columns.id, frame, table.place)
    if not (columns.label or columns.mask or "label" in frame.columns):
        raise unnamed_label(table, frame)


def _is_image(name: str) -> bool:
    return is_case_name(name)


def _archive(files: Sequence[str]) -> str | None:
    """Names the only zip file, where no image lies outside of it."""
    zips = [name for name in files if name.lower().endswith(".zip")]
    return zips[0] if len(zips) == 1 and not any(map(_is_image, files)) else None


def _members(file: Path) -> list[str]:
    try:
        with ZipFile(file) as archive:
            return [name for name in archive.namelist() if not name.endswith("/")]
    except (BadZipFile, OSError) as error:
        raise DataError(
            "the archive cannot be opened", where=str(file), why=str(error), remedy="fetch it again"
        ) from error


def no_match(table: Table, why: str, remedy: str) -> DataError:
    """Gives the error for a table whose rows belong to nothing."""
    return DataError("the table does not name the files", where=str(table.place), why=why, remedy=remedy)


def unnamed_label(table: Table, frame: pd.DataFrame) -> UsageError:
    """Gives the error for a table that has no column `label` where nobody names another."""
    return UsageError(
        "the column of the labels is not named",
        where=str(table.place),
        why=f"the columns are {', '.join(map(str, frame.columns[:20]))}",
        remedy="name it with --label",
    )
