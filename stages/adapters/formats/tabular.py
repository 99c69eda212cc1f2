"""Adapter `tabular`: a clinical table without images, in which a row is a case.

Columns become features, in the order of the table: all but those of the label, the case, the patient and
the split, and those that params drop. Without a word in params a column is a number if every cell is one,
a boolean if it holds yes and no or true and false, and else a category, coded by the place of a
cell among its sorted values. Name the `values` in params, so that a code means the same as data grow,
and in every hospital.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.adapters.case import Decoded, RawCase, RawFacts, UnreadableError
from stages.adapters.tables.cells import Cells, distinct, read_cells
from stages.adapters.tables.column import describe, encode
from stages.adapters.tables.given_split import given_split
from stages.adapters.tables.sheet import read_sheet
from stages.adapters.tables.sheet_file import find_sheet, is_lone_sheet
from stages.adapters.tables.table_file import check_column, typed
from stages.adapters.tables.tabular_label import read_labels
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.errors import DataError


def recognise(root: Path) -> bool:
    """Tells whether the raw data are one table, with nothing beside it but what describes it."""
    return is_lone_sheet(root)


class TabularAdapter:
    """Reads the rows of a table as records.

    Attributes:
        columns: The features, of the kinds and with the codes that they have.
    """

    def __init__(self, root: Path, options: TabularOptions) -> None:
        self._options, self._file = options, find_sheet(root, options.file)
        self._table = read_sheet(self._file, options.names, options.delimiter)
        for name in options.named:
            check_column(name, self._table, self._file)
        features = [name for name in map(str, self._table) if name not in options.no_features]
        if not features or "" in features:
            why = "it has no other columns" if not features else "a column has no name"
            remedy = "correct `drop`, or name the column"
            raise DataError("the table has no features", where=str(self._file), why=why, remedy=remedy)
        _check_names(self._file, [options.feature(name) for name in features])
        read = [self._cells(name) for name in features]
        self.columns = tuple(describe(cells, options.of(cells.name)) for cells in read)
        coded = [encode(cells, column) for cells, column in zip(read, self.columns, strict=True)]
        self._values: NDArray[np.float64] = np.column_stack(coded)
        self._labels = read_labels(self._cells(options.label), options)

    @property
    def facts(self) -> RawFacts:
        """Task and features; classes as params name them or, of grades, in their order."""
        options, classes = self._options, self._options.classes
        if options.above is not None:
            classes = ("no", "yes")
        elif options.task == "ordinal" and classes is None:
            classes = distinct(self._labels)
        unmeasured = np.flatnonzero(np.isnan(self._values).all(axis=0))
        return RawFacts(
            task=options.task,
            classes=classes,
            features=self.columns,
            unmeasured=tuple(self.columns[place].name for place in unmeasured),
            given_splits=options.split is not None,
        )

    def cases(self) -> Sequence[RawCase]:
        """Lists the rows, counted from 1.

        Raises:
            DataError: If a row has no name where a column names them, or a split has no known name.
        """
        options, rows = self._options, [f"{row:06d}" for row in range(1, len(self._table) + 1)]
        names = self._texts(options.id)
        if options.id and None in names:
            nameless = np.array([name is None for name in names])
            raise self._cells(options.id).refused("it names no case", "complete the column", nameless)
        where = f"{self._file}: column '{options.split}'"
        splits = self._texts(options.split)
        known = {text: None if text is None else given_split(text, where) for text in set(splits)}
        covariates = (
            [(name, value) for value in typed(self._cells(name).texts)] for name in options.covariates
        )
        facts = list(zip(*covariates, strict=True)) or [()] * len(rows)
        patients, labels = self._texts(options.patient), _listed(self._labels)
        return [
            RawCase(name or row, row, label, patient, known[split], fact)
            for name, row, label, patient, split, fact in zip(
                names, rows, labels, patients, splits, facts, strict=True
            )
        ]

    def files(self, path: str) -> tuple[str, ...]:  # noqa: ARG002 - all cases share one file
        """Names none: all cases share one file."""
        return ()

    def identity(self, path: str) -> None:
        """Gives nothing: a record has to be looked at."""

    def decode(self, path: str) -> Decoded:
        """Gives the features of a row, float64 with NaN for what is missing.

        Raises:
            UnreadableError: If there is no such row, or a value is infinite.
        """
        if not path.isdecimal() or not 0 < int(path) <= len(self._values):
            raise UnreadableError("the table has no such row")
        record = self._values[int(path) - 1]
        infinite = np.flatnonzero(np.isinf(record))
        if len(infinite):
            raise UnreadableError(f"column '{self.columns[infinite[0]].name}' is infinite", "not-finite")
        return Decoded(record.copy())

    def _cells(self, name: str) -> Cells:
        known = self._options.of(name)
        return read_cells(self._file, self._table, name, known.missing, known.recode)

    def _texts(self, name: str | None) -> list[str | None]:
        return [None] * len(self._table) if name is None else _listed(self._cells(name).texts)


def _check_names(file: Path, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        why = f"'{twice[0]}' is one more than once, as `rename` has it"
        raise DataError("two features have one name", where=str(file), why=why, remedy="correct `columns`")


def _listed(texts: pd.Series[str]) -> list[str | None]:
    listed: list[str | None] = texts.astype(object).where(texts.notna(), None).tolist()
    return listed
