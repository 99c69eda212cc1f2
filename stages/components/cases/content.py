"""The identity of a case: what it shows, not how or where it is stored."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def content_sha256(pixels: NDArray[np.generic]) -> str:
    """Gives the SHA-256 of an array's type, shape and values, in hexadecimal."""
    digest = hashlib.sha256(f"{pixels.dtype.str}{pixels.shape}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
