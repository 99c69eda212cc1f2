"""Reads a clinical table as it is written: cells of text, and nothing guessed or filled up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from stages.contracts.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData

LARGEST_FILE = 2_000_000_000
"""Bytes."""
LONGEST_ROW = 1 << 22
"""Bytes that a row, and the header, may take."""
MOST_CELLS = 1 << 28
"""Cells of a Parquet file, which may pack any number of them into a few bytes."""
_INDEX = "__index_level_"  # how pandas names a column of row numbers in Parquet


def read_sheet(file: Path, names: tuple[str, ...] | None, separator: str | None) -> pd.DataFrame:
    """Reads a table.

    Nothing in a cell is evaluated: a formula is a text like any other.

    Args:
        file: CSV or TSV in UTF-8, or Parquet.
        names: Of the columns, where the file has no header.
        separator: Between cells; by default a tab in .tsv, else a comma.

    Returns:
        Cells as text without spaces around them, None where they are empty; rows are counted from 0.

    Raises:
        DataError: If it is no such table, or has no row, rows of different length, or two columns of the
            same name. What stands in its cells is not said.
    """
    import pyarrow as pa

    try:
        if not file.is_file():
            raise ValueError("it is no file" if file.exists() else "there is no such file")
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise ValueError(f"it has {size} bytes; at most {LARGEST_FILE} are read")
        if file.suffix.lower() == ".parquet":
            return _cells(_read_parquet(file, names))
        return _cells(_read_text(file, names, separator))
    except (OSError, ValueError, pa.ArrowException) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(
            "the table cannot be read",
            where=str(file),
            why="a row is longer than 4 MiB, or a quote is not closed" if "straddling" in why else why,
            remedy="give UTF-8 CSV or TSV with rows of one length (without a header: `names`), or Parquet",
        ) from error


def _read_text(file: Path, names: tuple[str, ...] | None, separator: str | None) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    ragged: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> str:
        ragged.append(row)
        return "error"

    read = csv.ReadOptions(use_threads=False, block_size=LONGEST_ROW, column_names=names)
    parse = csv.ParseOptions(
        delimiter=separator or ("\t" if file.suffix.lower() == ".tsv" else ","),
        newlines_in_values=True,
        invalid_row_handler=note,
    )
    try:
        with pa.OSFile(str(file)) as source:
            columns = names or csv.open_csv(source, read, parse).schema.names
        texts = csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()))
        with pa.OSFile(str(file)) as source:
            table = csv.read_csv(source, read, parse, texts)
    except pa.ArrowInvalid as error:
        if not ragged:
            raise
        row = ragged[0].number - (names is None)
        cells = f"{ragged[0].actual_columns} cells, and {ragged[0].expected_columns} columns are expected"
        raise ValueError(f"row {row} has {cells}") from error
    if table.num_rows and "\n" in table.column(-1)[-1].as_py() and not _ends_with_quote(file):
        raise ValueError("a quote is not closed")  # Arrow takes all that follows for one cell
    return table


def _ends_with_quote(file: Path) -> bool:
    with file.open("rb") as source:
        source.seek(max(0, file.stat().st_size - 1024))
        return source.read().rstrip().endswith(b'"')


def _read_parquet(file: Path, names: tuple[str, ...] | None) -> pa.Table:
    import pyarrow as pa
    from pyarrow import parquet

    if names is not None:
        raise ValueError("a Parquet file names its own columns: take `header` and `names` out")
    with parquet.ParquetFile(file) as source:
        cells = _claimed(source.metadata)
        if cells > MOST_CELLS:
            raise ValueError(f"it claims {cells} cells; at most {MOST_CELLS} are read")
        table = source.read()
    kept = [name for name in table.column_names if not name.startswith(_INDEX)]
    return pa.table([_as_text(table[name]) for name in kept], names=kept)


def _claimed(metadata: FileMetaData) -> int:
    """Counts the values that a file claims, those within lists and records included."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return sum(group.column(place).num_values for group in groups for place in range(group.num_columns))


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowNotImplementedError:  # lists and records in a cell
        texts = [None if cell is None else str(cell) for cell in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])


def _cells(table: pa.Table) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import compute

    names = [name.strip() for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns are called '{twice[0]}'")
    if not table.num_rows:
        raise ValueError("it has no row")
    texts = [compute.utf8_trim_whitespace(column) for column in table.columns]
    full = [compute.if_else(compute.equal(text, ""), pa.scalar(None, pa.string()), text) for text in texts]
    return pd.DataFrame(pa.table(full, names=names).to_pandas())
