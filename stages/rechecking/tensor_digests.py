"""Hashes the tensors of a safetensors file as `tensor_sha256` does, without loading torch.

The file begins with the length of its header, eight bytes little-endian; the header is JSON and gives each
tensor's type, shape and place in what follows.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from pathlib import Path
from typing import Any

from stages.contracts.errors import DataError

_TYPES = {
    "F64": "torch.float64",
    "F32": "torch.float32",
    "F16": "torch.float16",
    "BF16": "torch.bfloat16",
    "I64": "torch.int64",
    "I32": "torch.int32",
    "I16": "torch.int16",
    "I8": "torch.int8",
    "U8": "torch.uint8",
    "BOOL": "torch.bool",
}


def tensor_digests(file: Path) -> dict[str, str]:
    """Gives the SHA-256 of each tensor's type, shape and values, by name.

    Raises:
        DataError: If the file is missing or damaged.
    """
    try:
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start = 8 + int.from_bytes(data[:8], "little")
            header: dict[str, dict[str, Any]] = json.loads(data[8:start])
            tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
            return {name: _digest(entry, data, start) for name, entry in tensors.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "a checkpoint cannot be read",
            where=str(file),
            why=str(error) or type(error).__name__,
            remedy="restore it with `medgraft run`",
        ) from error


def _digest(entry: dict[str, Any], data: mmap.mmap, start: int) -> str:
    first, last = entry["data_offsets"]
    digest = hashlib.sha256(f"{_TYPES[entry['dtype']]}{tuple(entry['shape'])}".encode())
    digest.update(data[start + first : start + last])
    return digest.hexdigest()
