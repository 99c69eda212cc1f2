"""Finds the DICOM files of a tree, and reads what their headers say without their pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stages.adapters.case import UnreadableError
from stages.adapters.dicom.fields import text, whole
from stages.adapters.dicom.file import is_dicom, read_dataset
from stages.adapters.dicom.plane import GEOMETRY, Plane, plane_of
from stages.adapters.raw.raw_files import list_files

_DIRECTORY = "1.2.840.10008.1.3.10"
_FIELDS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "PatientID", "AccessionNumber", "Modality",
    "NumberOfFrames", *GEOMETRY,
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says of itself; nothing but its path where it cannot be read.

    Attributes:
        path: Below the raw root.
        plane: Of its image; None unless it holds exactly one.
        series: Identifier of its series.
        instance: Identifier of the image.
        patient: Identifier of the patient.
        accession: Number of the order for the examination.
        modality: Such as CT.
    """

    path: str
    plane: Plane | None = None
    series: str | None = None
    instance: str | None = None
    patient: str | None = None
    accession: str | None = None
    modality: str | None = None


def find_headers(root: Path) -> list[Header]:
    """Reads the headers of all DICOM files below a root, except for a DICOMDIR, whatever they are called."""
    with ThreadPoolExecutor() as pool:
        found = pool.map(partial(_read_header, root), list_files(root))
        return [header for header in found if header is not None]


def _read_header(root: Path, path: str) -> Header | None:
    file = root / path
    try:
        if file.is_file() and not is_dicom(file):
            return None
        dataset = read_dataset(file, _FIELDS)
    except (OSError, UnreadableError):
        return Header(path)  # to be said when it is decoded
    if text(dataset.file_meta, "MediaStorageSOPClassUID") == _DIRECTORY:
        return None
    if dataset.preamble is None and text(dataset, "SOPClassUID") is None:
        return None  # it merely starts like a data set
    several = "NumberOfFrames" in dataset and whole(dataset, "NumberOfFrames") != 1
    return Header(
        path,
        plane=None if several else plane_of(dataset),
        series=text(dataset, "SeriesInstanceUID"),
        instance=text(dataset, "SOPInstanceUID"),
        patient=text(dataset, "PatientID"),
        accession=text(dataset, "AccessionNumber"),
        modality=text(dataset, "Modality"),
    )
