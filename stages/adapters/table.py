"""Adapter `table`: a CSV or Parquet table that says where each image lies and what it is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile, ZipFile

from stages.adapters.case import AdapterOptions, Covariate, Decoded, RawCase, RawFacts, UnreadableError
from stages.adapters.given_split import given_split
from stages.adapters.image_file import decode_bytes, decode_file
from stages.adapters.raw_files import inside
from stages.adapters.table_file import check_column, read_cases, typed
from stages.contracts.errors import DataError

LARGEST_MEMBER = 1 << 30


class TableOptions(AdapterOptions):
    """Options of the adapter `table`."""

    format: Literal["table"] = "table"
    """Name of the adapter."""
    file: str
    """The table, a .csv, .tsv or .parquet file below the raw folder."""
    path: str = "path"
    """Column with the path of the image, below the raw folder or within the archive."""
    prefix: str = ""
    """Put before each path, such as `png/`."""
    suffix: str = ""
    """Put after each path, such as `.png`."""
    archive: str | None = None
    """A zip file below the raw folder that holds the images."""
    label: str = "label"
    """Column with the name of the class; an empty cell is a missing label."""
    label_means: Literal["value", "presence"] = "value"
    """`presence`: the class is `yes` where the cell holds anything, and `no` where it is empty."""
    patient: str | None = None
    """Column with the patient."""
    split: str | None = None
    """Column with the split."""
    covariates: tuple[str, ...] = ()
    """Further columns to keep in the manifest."""


class TableAdapter:
    """Reads the images that a table lists, from files or from the members of a zip."""

    def __init__(self, root: Path, options: TableOptions) -> None:
        self._root, self._options = root, options

    @property
    def facts(self) -> RawFacts:
        """Classes as params name them, and splits where params name their column."""
        return RawFacts(classes=self._options.classes, given_splits=self._options.split is not None)

    def cases(self) -> Sequence[RawCase]:
        """Lists the rows of the table as cases, named by their path.

        Raises:
            DataError: If the table cannot be read, lacks a column, has a row without a path, or has a
                path that leaves the root.
        """
        options = self._options
        table = read_cases(inside(self._root, options.file))
        columns = {c for c in (options.path, options.label, options.patient, options.split) if c}
        for column in sorted(columns | set(options.covariates)):
            check_column(column, table, self._root / options.file)
        covariates = {name: typed(table[name]) for name in options.covariates}
        return sorted(
            (self._case(number, row, covariates) for number, row in enumerate(table.to_dict("records"))),
            key=lambda case: case.case_id,
        )

    def files(self, path: str) -> tuple[str, ...]:
        """Names the image; a member of an archive is no file of its own."""
        return () if self._options.archive else (path,)

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be decoded."""

    def decode(self, path: str) -> Decoded:
        """Reads an image from its file or from the archive.

        Raises:
            UnreadableError: If it is missing or cannot be decoded.
            DataError: If the path leaves the root.
        """
        if self._options.archive is None:
            return decode_file(inside(self._root, path))
        try:
            member = self._archive.getinfo(path)
            if member.file_size > LARGEST_MEMBER:
                raise UnreadableError(f"it would unpack to {member.file_size} bytes")
            return decode_bytes(self._archive.read(member), path)
        except KeyError as error:
            raise UnreadableError(f"{self._options.archive} holds no such member") from error
        except (BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            raise UnreadableError(str(error)) from error

    @cached_property
    def _archive(self) -> ZipFile:
        file = inside(self._root, self._options.archive or "")
        try:
            return ZipFile(file)
        except (BadZipFile, OSError) as error:
            raise DataError(
                "the archive cannot be opened",
                where=str(file),
                why=str(error),
                remedy="fetch it again, or correct `archive`",
            ) from error

    def _case(
        self, number: int, row: Mapping[Hashable, str | None], covariates: dict[str, list[Covariate]]
    ) -> RawCase:
        options, where = self._options, f"{self._root / self._options.file}: row {number + 1}"
        name = row[options.path]
        if name is None:
            raise DataError(
                "a row names no image",
                where=where,
                why=f"'{options.path}' is empty",
                remedy="complete the table",
            )
        path = options.prefix + name + options.suffix
        if options.archive is None:
            inside(self._root, path)
        label = row[options.label]
        if options.label_means == "presence":
            label = "no" if label is None else "yes"
        split = row[options.split] if options.split else None
        return RawCase(
            case_id=path,
            path=path,
            label=label,
            patient_id=row[options.patient] if options.patient else None,
            split=None if split is None else given_split(split, where),
            covariates=tuple((key, values[number]) for key, values in covariates.items()),
        )
