"""Adapter `table`: a CSV or Parquet table that says where each image lies and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path

import pandas as pd

from stages.adapters.case import Covariate, Decoded, RawCase, RawFacts
from stages.adapters.images.case_file import decode_case_bytes, decode_case_file
from stages.adapters.images.mask import with_mask
from stages.adapters.raw.archive import Archive
from stages.adapters.raw.raw_files import inside, list_files
from stages.adapters.suffixes import is_case_name
from stages.adapters.tables.given_split import given_split
from stages.adapters.tables.table_file import TABLE_SUFFIXES, check_column, read_cases, typed
from stages.adapters.tables.table_label import Row, label_of
from stages.adapters.tables.table_options import TableOptions
from stages.contracts.errors import DataError


def recognise(root: Path) -> bool:
    """Tells whether a folder holds one table and, beside it or below, images or an archive."""
    if not root.is_dir():
        return False
    tables = [file for file in root.iterdir() if file.suffix.lower() in TABLE_SUFFIXES and file.is_file()]
    names = islice(list_files(root), 1000)
    return len(tables) == 1 and any(is_case_name(name) or name.lower().endswith(".zip") for name in names)


class TableAdapter:
    """Reads the images that a table lists, from files or from the members of a zip."""

    def __init__(self, root: Path, options: TableOptions) -> None:
        self._root, self._options = root, options

    @property
    def facts(self) -> RawFacts:
        """Task and classes as params name them, and splits where params name their column."""
        options = self._options
        columns = options.label_columns if options.task == "multilabel" else ()
        classes = options.classes or (columns if len(columns) > 1 else None)
        return RawFacts(
            task="segmentation" if options.mask else options.task,
            classes=classes,
            given_splits=options.split is not None,
        )

    def cases(self) -> Sequence[RawCase]:
        """Lists the rows of the table as cases, named by their path.

        Raises:
            DataError: If the table cannot be read, lacks a column, has a row without a path, or has a
                path that leaves the root.
        """
        table = self._table
        covariates = {name: typed(table[name]) for name in self._options.covariates}
        return sorted(
            (self._case(number, row, covariates) for number, row in enumerate(table.to_dict("records"))),
            key=lambda case: case.case_id,
        )

    def files(self, path: str) -> tuple[str, ...]:
        """Names the image and its mask; a member of an archive is no file of its own."""
        mask = self._masks.get(path)
        return () if self._options.archive else (path,) if mask is None else (path, mask)

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be decoded."""

    def decode(self, path: str) -> Decoded:
        """Reads an image, and its mask where there are masks, from their files or from the archive.

        Raises:
            UnreadableError: If one is missing or cannot be decoded, or they do not fit.
            DataError: If a path leaves the root.
        """
        image = self._read(path)
        return with_mask(image, self._masks.get(path), self._read) if self._options.mask else image

    def _read(self, name: str) -> Decoded:
        if self._options.archive is None:
            return decode_case_file(inside(self._root, name))
        return decode_case_bytes(self._archive.read(name), name)

    @cached_property
    def _archive(self) -> Archive:
        return Archive(inside(self._root, self._options.archive or ""))

    @cached_property
    def _table(self) -> pd.DataFrame:
        table = read_cases(inside(self._root, self._options.file))
        for column in self._options.columns:
            check_column(column, table, self._root / self._options.file)
        return table

    @cached_property
    def _masks(self) -> dict[str, str | None]:
        if self._options.mask is None:
            return {}
        rows = zip(self._table[self._options.path], self._table[self._options.mask], strict=True)
        return {self._path(name): mask for name, mask in rows if name is not None}

    def _path(self, name: str) -> str:
        return self._options.prefix + name + self._options.suffix

    def _case(self, number: int, row: Row, covariates: dict[str, list[Covariate]]) -> RawCase:
        options, where = self._options, f"{self._root / self._options.file}: row {number + 1}"
        name = row[options.path]
        if name is None:
            raise DataError(
                "a row names no image",
                where=where,
                why=f"'{options.path}' is empty",
                remedy="complete the table",
            )
        path = self._path(name)
        mask = row[options.mask] if options.mask else None
        if options.archive is None:
            for one in (path, mask or path):
                inside(self._root, one)
        split = row[options.split] if options.split else None
        return RawCase(
            case_id=path,
            path=path,
            label=label_of(row, options),
            patient_id=row[options.patient] if options.patient else None,
            split=None if split is None else given_split(split, where),
            covariates=tuple((key, values[number]) for key, values in covariates.items()),
        )
