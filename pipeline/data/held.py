"""What a raw folder holds before data are taken into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Held:
    """What it holds.

    Attributes:
        folder: `data/raw/<domain>`.
        files: MD5 of each file by its path below the folder; empty where there is no folder.
        recorded: Whether DVC has recorded just these.
        cached: Whether DVC's cache has them too.
    """

    folder: Path
    files: Mapping[str, str]
    recorded: bool = False
    cached: bool = False
