"""Writes DICOM files for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"


def dicom(pixels: NDArray[np.generic], **fields: object) -> Dataset:
    """Makes a grey image; fields replace or add to its header, None takes one out."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = CT
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = CT
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    made.Modality = "CT"
    made.Rows, made.Columns = pixels.shape[-2:]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 8 * pixels.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    made.PixelData = pixels.tobytes()
    for name, value in fields.items():
        if value is None:
            delattr(made, name)
        else:
            setattr(made, name, value)
    return made


def write(made: Dataset, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(file, enforce_file_format=True)
    return file


def series(
    folder: Path, slices: int = 5, step: float = 2.5, uid: str = "1.2.3", **fields: object
) -> list[Path]:
    """Writes the slices of a volume, each darker than the next, in files whose names are out of order."""
    files = []
    for place in range(slices):
        pixels = np.random.default_rng(place).integers(0, 50, (6, 8)).astype(np.int16) + 100 * place
        made = dicom(
            pixels,
            SeriesInstanceUID=uid,
            PatientID="MRN-7654321",
            InstanceNumber=slices - place,
            PixelSpacing=[0.5, 0.75],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[0, 0, 2.5 * place],
            **fields,
        )
        files.append(write(made, folder / f"{(place * 7) % 11:02d}"))
    return files
