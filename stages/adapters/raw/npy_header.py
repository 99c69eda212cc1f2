"""Reads the header of an array in NumPy's .npy format (NEP 1), in a file of its own or in an npz file."""

from __future__ import annotations

from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class NpyHeader(NamedTuple):
    """What an array claims to be.

    Attributes:
        shape: Of any number of axes, and of any sizes.
        by_column: Whether the first axis varies fastest.
        dtype: One of Python objects, too: whoever reads the values has to refuse it.
    """

    shape: tuple[int, ...]
    by_column: bool
    dtype: np.dtype[Any]


def read_npy_header(stream: IO[bytes]) -> NpyHeader:
    """Reads a header, and leaves the stream where the values begin.

    Raises:
        ValueError: If it is of another version, or of another format. NumPy may fail in other ways too.
    """
    version = npy.read_magic(stream)
    if version not in _READERS:
        raise ValueError(f"its version is {version[0]}.{version[1]}, which no array of numbers needs")
    return NpyHeader(*_READERS[version](stream))
