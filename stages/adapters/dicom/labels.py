"""Finds the row of a table that belongs to a DICOM case."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from stages.adapters.case import Covariate
from stages.adapters.dicom.series import DicomCase
from stages.adapters.raw.raw_files import inside
from stages.adapters.tables.given_split import given_split
from stages.adapters.tables.table_file import check_column, read_cases, typed
from stages.contracts.errors import DataError
from stages.contracts.manifest import Split
from stages.contracts.params import Params

Match = Literal["path", "folder", "series", "patient", "accession"]
MATCHES: tuple[Match, ...] = ("path", "folder", "series", "accession", "patient")


class DicomLabels(Params):
    """A table that says what each case is."""

    file: str
    """The table, a .csv, .tsv or .parquet file below the raw folder."""
    key: str
    """Column that tells which case a row is about."""
    match: Match = "path"
    """What stands there: the path of the case or of one of its files, a folder around it, both below the raw
    folder, or the header's SeriesInstanceUID, PatientID or AccessionNumber."""
    label: str = "label"
    """Column with the name of the class; an empty cell is a missing label."""
    patient: str | None = None
    """Column with the patient."""
    split: str | None = None
    """Column with the split."""
    covariates: tuple[str, ...] = ()
    """Further columns to keep in the manifest."""


@dataclass(frozen=True)
class Row:
    """What a table says of a case."""

    label: str | None = None
    patient: str | None = None
    split: Split | None = None
    covariates: tuple[tuple[str, Covariate], ...] = ()


class LabelTable:
    """The rows of a table by their key.

    Raises:
        DataError: If the table cannot be read, lacks a column or names no split where it should.
    """

    def __init__(self, root: Path, options: DicomLabels) -> None:
        self._options, self._file = options, root / options.file
        table = read_cases(inside(root, options.file))
        columns = {options.key, options.label, options.patient or options.key, options.split or options.key}
        for column in sorted(columns | set(options.covariates)):
            check_column(column, table, self._file)
        covariates = {name: typed(table[name]) for name in options.covariates}
        self._rows: dict[str, set[Row]] = {}
        for number, cells in enumerate(table.to_dict("records")):
            if cells[options.key] is not None:
                facts = tuple((name, values[number]) for name, values in covariates.items())
                self._rows.setdefault(cells[options.key], set()).add(self._row(cells, facts, number))

    def find(self, case: DicomCase) -> Row | None:
        """Gives the row of a case; None if it has none.

        Raises:
            DataError: If several rows belong to it and say different things.
        """
        for keys in keys_of(case, self._options.match):
            rows = set[Row]().union(*(self._rows.get(key, ()) for key in keys))
            if len(rows) > 1:
                raise DataError(
                    "a table of labels contradicts itself",
                    where=f"{self._file}: {case.path}",
                    why=f"{len(rows)} different rows belong to this case by '{self._options.match}'",
                    remedy="keep one row per case, or match by what tells the cases apart",
                )
            if rows:
                return rows.pop()
        return None

    def stranger(self) -> DataError:
        """Gives the error for a table of which no row belongs to any case."""
        return DataError(
            "the table of labels knows none of the cases",
            where=str(self._file),
            why=f"no '{self._options.key}' is the {self._options.match} of a case",
            remedy="correct `key`, or choose another `match`: path, folder, series, patient or accession",
        )

    def _row(
        self, cells: Mapping[Hashable, str | None], covariates: tuple[tuple[str, Covariate], ...], number: int
    ) -> Row:
        options, where = self._options, f"{self._file}: row {number + 1}"
        split = cells[options.split] if options.split else None
        return Row(
            cells[options.label],
            cells[options.patient] if options.patient else None,
            None if split is None else given_split(split, where),
            covariates,
        )


def keys_of(case: DicomCase, by: Match) -> Iterator[set[str]]:
    """Gives what may stand in the key column for a case, the closest first."""
    match by:
        case "path":
            yield {case.path}
            yield {header.path for header in case.headers}
        case "folder":
            for folder in (PurePosixPath(case.folder), *PurePosixPath(case.folder).parents):
                yield {folder.as_posix()}
        case "series":
            yield {header.series for header in case.headers if header.series}
        case "patient":
            yield {header.patient for header in case.headers if header.patient}
        case "accession":
            yield {header.accession for header in case.headers if header.accession}
