"""One way to write a value, so that the same value has the same hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

Value = BaseModel | Mapping[str, Any] | Sequence[Any]


def canonical_text(value: Value) -> str:
    """Writes a value as JSON on one line, its keys sorted, without spaces.

    Args:
        value: A model, or plain values in which models may lie.
    """
    return json.dumps(value, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_sha256(value: Value) -> str:
    """Gives the SHA-256 of a value's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical_text(value).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical form")
