"""Adapter `dicom`: a tree of DICOM files, in which the slices of a series are one volume.

A volume comes as [x, y, z]: columns, rows, and slices along the normal of their plane; a single image as
[height, width]: rows and columns. Pixels are not turned towards the patient. Files that hold no image
become findings; a DICOMDIR, and what is no DICOM, is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from stages.adapters.case import AdapterOptions, Decoded, RawCase, RawFacts, UnreadableError
from stages.adapters.dicom.file import is_dicom
from stages.adapters.dicom.header import Header, find_headers
from stages.adapters.dicom.labels import DicomLabels, LabelTable, Row
from stages.adapters.dicom.pixels import read_picture
from stages.adapters.dicom.series import DicomCase, group
from stages.adapters.dicom.volume import assemble
from stages.adapters.raw.raw_files import inside, list_files
from stages.adapters.suffixes import is_case_name
from stages.contracts.errors import DataError

LOOKED_AT = 20
"""Files by which `recognise` knows a folder."""


class DicomOptions(AdapterOptions):
    """Options of the adapter `dicom`."""

    format: Literal["dicom"] = "dicom"
    """Name of the adapter."""
    labels: DicomLabels | None = None
    """The table that says what each case is."""
    label: Literal["folder"] | None = None
    """`folder`: the first folder names the class."""
    patient: Literal["header", "table", "none"] = "header"
    """Where the patient is named: in PatientID, in the table's `patient`, or nowhere."""
    window: Literal["none", "file"] | tuple[float, float] = "none"
    """`none` keeps the rescaled values; `file` applies each file's own window; two values cut off there."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.labels and self.label:
            raise ValueError("give either 'labels' or 'label', not both")
        if (self.patient == "table") != bool(self.labels and self.labels.patient):
            raise ValueError("'patient: table' and the column 'labels.patient' need each other")
        if not isinstance(self.window, str) and self.window[0] >= self.window[1]:
            raise ValueError("a window goes from a lower to a higher value")
        return self


class DicomAdapter:
    """Reads images and volumes from DICOM files, whatever these are called."""

    def __init__(self, root: Path, options: DicomOptions) -> None:
        self._root, self._options = root, options

    @property
    def facts(self) -> RawFacts:
        """Classes as params name them, and splits where params name their column."""
        labels = self._options.labels
        return RawFacts(classes=self._options.classes, given_splits=bool(labels and labels.split))

    def cases(self) -> Sequence[RawCase]:
        """Lists the volumes and images by the headers of their files.

        Raises:
            DataError: If the root is no folder, or the table of labels cannot be used.
        """
        if not self._root.is_dir():
            raise DataError(
                "the raw data are not a folder of DICOM files",
                where=str(self._root),
                why="it is a single file",
                remedy="choose another adapter in params.yaml",
            )
        labels = self._options.labels
        table = LabelTable(self._root, labels) if labels else None
        rows = [table.find(case) if table else None for case in self._groups]
        if table and rows and not any(rows):
            raise table.stranger()
        return sorted(map(self._case, self._groups, rows), key=lambda case: case.case_id)

    def files(self, path: str) -> tuple[str, ...]:
        """Names the file, or all files of a series."""
        return self._by_path[path].files

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be decoded."""

    def decode(self, path: str) -> Decoded:
        """Reads an image [height, width] or a volume [x, y, z].

        Raises:
            UnreadableError: If a file cannot be decoded, or the slices make no even volume.
            DataError: If the path leaves the root.
        """
        case = self._by_path.get(path, DicomCase(path, (Header(path),)))
        case.check()
        pictures = []
        for name in case.files:
            try:
                pictures.append(read_picture(inside(self._root, name), self._options.window))
            except UnreadableError as error:
                if len(case.files) == 1:
                    raise
                raise UnreadableError(f"'{name}': {error}", error.kind) from error
        decoded = assemble(pictures, case.files)
        return replace(decoded, misnamed="DICOM" if is_case_name(path) else None)

    @cached_property
    def _groups(self) -> list[DicomCase]:
        return group(find_headers(self._root))

    @cached_property
    def _by_path(self) -> dict[str, DicomCase]:
        return {case.path: case for case in self._groups}

    def _case(self, case: DicomCase, row: Row | None) -> RawCase:
        options, labels = self._options, self._options.labels
        absent = Row(covariates=tuple((name, None) for name in labels.covariates) if labels else ())
        said, patients = row or absent, {"header": case.headers[0].patient, "table": (row or absent).patient}
        first_folder = case.folder.partition("/")[0] or None
        return RawCase(
            case_id=case.path,
            path=case.path,
            label=first_folder if options.label == "folder" else said.label,
            patient_id=patients.get(options.patient),
            split=said.split,
            covariates=said.covariates,
        )


def recognise(root: Path) -> bool:
    """Tells by the first bytes of the first files whether a folder holds DICOM: most of them are."""
    if not root.is_dir():
        return False
    looked_at = [root / name for name in islice(list_files(root), LOOKED_AT)]
    return sum(file.is_file() and is_dicom(file) for file in looked_at) * 2 > len(looked_at)
