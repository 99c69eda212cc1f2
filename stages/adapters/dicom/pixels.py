"""Reads the pixels of a DICOM file as values with a meaning: rescaled, and more is brighter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stages.adapters.case import Pixels, UnreadableError
from stages.adapters.dicom.fields import identifiers, text, whole
from stages.adapters.dicom.file import check_claim, read_dataset
from stages.adapters.dicom.plane import Plane, plane_of
from stages.adapters.dicom.values import Window, meaning

if TYPE_CHECKING:
    from pydicom import Dataset

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_OF_A_FRAME = (
    "Rows", "Columns", "PixelSpacing", "ImagerPixelSpacing", "SpacingBetweenSlices",
    "ImagePositionPatient", "ImageOrientationPatient",
    "BitsStored", "PixelRepresentation", "PhotometricInterpretation",
    "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence",
    "WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence",
)  # fmt: skip
_FUNCTIONAL_GROUPS = (
    "PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence",
    "PixelValueTransformationSequence", "FrameVOILUTSequence",
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """The images of one file.

    Attributes:
        frames: Each [rows, columns], or [rows, columns, 3] where `colour`.
        planes: Where each lies.
        colour: Whether they are red, green and blue.
        identifiers: Names of header fields that identify a patient.
    """

    frames: tuple[Pixels, ...]
    planes: tuple[Plane, ...]
    colour: bool
    identifiers: frozenset[str]


def read_picture(file: Path, window: Window) -> Picture:
    """Reads a file.

    Args:
        file: A DICOM file.
        window: What of the range of values is kept: all, what the file proposes, or between two values.

    Raises:
        UnreadableError: If it holds no image, or one that cannot be decoded.
    """
    dataset = read_dataset(file)
    plane = plane_of(dataset)
    if plane is None or not any(name in dataset for name in _PIXELS):
        raise UnreadableError(
            f"it holds no image, but {text(dataset, 'Modality') or 'other data'}", "no-image"
        )
    stored, colour = _stored(dataset, plane, file.stat().st_size)
    try:
        headers = [_header_of_frame(dataset, number) for number in range(len(stored))]
        frames = stored if colour else map(partial(meaning, window=window), stored, headers)
        planes = [plane_of(header) or plane for header in headers]
        if len(stored) > 1:  # what numbers the file does not number its frames
            planes = [replace(plane, number=None, location=None) for plane in planes]
        return Picture(tuple(frames), tuple(planes), colour, identifiers(dataset))
    except Exception as error:  # tables and sequences may be damaged in any way
        raise UnreadableError(f"its values cannot be rescaled ({type(error).__name__})") from error


def _stored(dataset: Dataset, plane: Plane, held: int) -> tuple[Pixels, bool]:
    """Decodes [frames, rows, columns], or [frames, rows, columns, 3] and True."""
    from pydicom.pixels import apply_color_lut, pixel_array

    syntax = _transfer_syntax(dataset)
    frames, samples, bits = (
        1 if name not in dataset else max(whole(dataset, name) or 1, 1)
        for name in ("NumberOfFrames", "SamplesPerPixel", "BitsAllocated")
    )
    palette = text(dataset, "PhotometricInterpretation") == "PALETTE COLOR"
    check_claim(plane.size[0] * plane.size[1] * frames * samples * bits // 8 * (3 if palette else 1), held)
    try:
        pixels = pixel_array(dataset, allow_excess_frames=False, decoding_plugin=_decoder(dataset))
        pixels = apply_color_lut(pixels, dataset) if palette else pixels
    except Exception as error:  # decoders may fail in any way on damaged bytes
        raise UnreadableError(f"{syntax} cannot be decoded: {_words(error)}") from error
    colour = samples > 1 or palette
    pixels = pixels if frames > 1 else pixels[None]
    if pixels.ndim != 3 + colour or (colour and pixels.shape[-1] != 3):
        raise UnreadableError(f"its pixels have the shape {pixels.shape}; grey or RGB is read")
    return pixels.astype(pixels.dtype.newbyteorder("<"), copy=False), colour


def _decoder(dataset: Dataset) -> str:
    """Names the decoder where it has to be ours; else pydicom tries its own."""
    from pydicom.uid import JPEGExtended12Bit

    if dataset.file_meta.TransferSyntaxUID != JPEGExtended12Bit or (whole(dataset, "BitsStored") or 0) <= 8:
        return ""
    from stages.adapters.dicom.extended_jpeg import NAME

    return NAME


def _transfer_syntax(dataset: Dataset) -> str:
    """Names the transfer syntax; where the file does not, it is the one in which the header could be read."""
    from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if text(dataset.file_meta, "TransferSyntaxUID") is None:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return str(UID(str(dataset.file_meta.TransferSyntaxUID)).name)[:80]


def _header_of_frame(dataset: Dataset, number: int) -> Dataset:
    """Gives the header of a frame, with what functional groups say of it on the first level."""
    from pydicom import Dataset

    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    of_frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    groups = [*shared[:1], *of_frames[number : number + 1]]
    if not groups:
        return dataset
    header = Dataset()
    header.file_meta = dataset.file_meta
    for name in _OF_A_FRAME:
        if name in dataset:
            header[name] = dataset[name]
    for group in groups:
        for name in _FUNCTIONAL_GROUPS:
            for item in group.get(name, [])[:1]:
                header.update({one.tag: one for one in item if one.keyword in _OF_A_FRAME})
    return header


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:250] or type(error).__name__
