"""Decodes NIfTI volumes, plain or gzipped, and turns them upright."""

from __future__ import annotations

import gzip
import io
import math
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stages.adapters.case import Decoded, Pixels, UnreadableError
from stages.adapters.raw.raw_bytes import LARGEST, reason_of
from stages.adapters.suffixes import misnamed

GZIP = b"\x1f\x8b"
LONGEST_HEADER = 540
MILLIMETRES = {"meter": 1000.0, "micron": 0.001}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Volume(Decoded):
    """The values of a volume, and where it lies.

    Attributes:
        affine: [4, 4], from voxel to millimetres.
    """

    affine: NDArray[np.float64] = field(kw_only=True)


def is_volume(data: bytes) -> bool:
    """Tells whether the bytes are those of a NIfTI file, or gzipped ones, which nothing else here is."""
    return data.startswith(GZIP) or data[344:347] in (b"n+1", b"ni1") or data[4:7] in (b"n+2", b"ni2")


def decode_volume(data: bytes, name: str) -> Volume:
    """Decodes a NIfTI file, of version 1 or 2.

    Args:
        data: The bytes of the file.
        name: Its name; only the extension is looked at.

    Returns:
        Pixels [x, y, z] with x to the right, y to the front and z up (RAS), as near as whole turns come;
        spacing from the header. Integers that the header does not scale keep their type; all else is
        float32. NaN stays.

    Raises:
        UnreadableError: If the bytes are truncated, no NIfTI file, several volumes, or fewer than the
            header claims.
    """
    packed = data.startswith(GZIP)
    try:
        header, values = _stored(gzip.GzipFile(fileobj=io.BytesIO(data)) if packed else io.BytesIO(data))
        pixels, spacing, affine = _upright(header, values)
    # A library may fail in any way on damaged or hostile bytes, and all of them mean the same here.
    except Exception as error:
        raise UnreadableError(reason_of(error)) from error
    wrong = misnamed(name, "gzipped NIfTI" if packed else "NIfTI")
    return Volume(pixels, spacing=spacing, misnamed=wrong, affine=affine)


def _stored(stream: BinaryIO | gzip.GzipFile) -> tuple[Any, Pixels]:
    """Gives the header and the values as they are stored, [i, j, k]."""
    start = stream.read(LONGEST_HEADER)
    header = _header(start)
    shape = tuple(int(size) for size in header.get_data_shape())
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if min(shape, default=0) < 1:
        raise UnreadableError(f"its header claims the shape {shape}")
    if len(shape) > 3:
        more = math.prod(shape[3:])
        raise UnreadableError(f"it holds {more} volumes (modalities or points in time); one is expected")
    kind, offset = header.get_data_dtype(), header.get_data_offset()
    if kind.kind not in "iuf":
        raise UnreadableError(f"its values are {kind}; one real number per voxel is read")
    if offset < header.sizeof_hdr:
        raise UnreadableError(f"its header claims that the values begin at byte {offset}")
    count = math.prod(shape)
    data = _whole(stream, start, offset + count * kind.itemsize)
    values = np.frombuffer(data, dtype=kind, count=count, offset=offset)
    return header, values.reshape(shape + (1,) * (3 - len(shape)), order="F")


def _header(start: bytes) -> Any:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    for header in (Nifti1Header, Nifti2Header):
        if header.may_contain_header(start):
            found = header(start[: header.sizeof_hdr], check=False)
            if found["magic"].item().startswith(b"ni"):
                raise UnreadableError("it is one half of a pair .hdr and .img; a single .nii file is read")
            return found
    raise UnreadableError("it holds no NIfTI header")


def _whole(stream: BinaryIO | gzip.GzipFile, start: bytes, end: int) -> bytearray:
    """Reads up to `end`; memory grows with what is there, not with what a header claims."""
    if end > LARGEST:
        raise UnreadableError(f"its header claims {end} bytes; at most {LARGEST} are read")
    data = bytearray(start)
    while len(data) < end and (chunk := stream.read(min(_CHUNK, end - len(data)))):
        data += chunk
    if len(data) < end:
        raise UnreadableError(f"its header claims {end} bytes, and there are {len(data)}")
    stream.read(_CHUNK)  # the checksum of what was packed stands at the end
    return data


def _upright(header: Any, values: Pixels) -> tuple[Pixels, tuple[float, ...] | None, NDArray[np.float64]]:
    from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation
    from nibabel.volumeutils import apply_read_scaling

    affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    if not np.isfinite(affine).all():
        raise UnreadableError("its header holds an affine that is not finite")
    turn = io_orientation(affine)
    slope, inter = header.get_slope_inter()
    if values.dtype.kind == "f" or (slope, inter) not in ((None, None), (1.0, 0.0)):
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and so a finding
            values = apply_read_scaling(values, slope, inter).astype(np.float32)
    upright = apply_orientation(values, turn)
    pixels = np.ascontiguousarray(upright, dtype=upright.dtype.newbyteorder("<"))
    steps = [*map(float, header.get_zooms()[:3]), 1.0, 1.0]
    unit = MILLIMETRES.get(header.get_xyzt_units()[0], 1.0)
    spacing = tuple(round(steps[axis] * unit, 6) for axis in np.argsort(turn[:, 0]))
    known = all(math.isfinite(step) and step > 0 for step in spacing)
    return pixels, spacing if known else None, affine @ inv_ornt_aff(turn, values.shape)
