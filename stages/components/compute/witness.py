"""What a process sees of the files and computes with: two that agree make the same bytes."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

from stages.components.fingerprint import fingerprint_of

LIBRARIES = ("monai", "numpy", "pandas", "pillow", "safetensors", "scipy", "torch")
_STAGES = Path(__file__).parents[2]
# Read when this module is loaded: a worker that has lived through an update runs the old code, and says so.
_LOADED = fingerprint_of([platform.machine()], _STAGES.rglob("*.py"), LIBRARIES)


@dataclass(frozen=True)
class Sight:
    """What all are to see; absolute paths.

    Attributes:
        files: Compared by content.
        folders: Need only be there: what is read of them is compared when it is read.
    """

    files: tuple[Path, ...]
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Witness:
    """What one process sees and is.

    Attributes:
        seen: Each path with the SHA-256 of its bytes, or a word for what it is.
        python: Version of the interpreter.
        software: SHA-256 of the stages' code, of `LIBRARIES` and of the kind of processor.
    """

    seen: tuple[tuple[str, str], ...]
    python: str
    software: str

    def difference(self, other: Witness) -> str | None:
        """Says in what another process differs; None if it does not."""
        for (path, here), (_, there) in zip(self.seen, other.seen, strict=True):
            if here != there:
                what = "does not see" if there == _MISSING else "sees something else at"
                return f"it {what} {path}: the workspace must be on a file system that all share"
        if self.python != other.python:
            return f"it runs Python {other.python}, and this process {self.python}"
        if self.software != other.software:
            return f"its code of medgraft, its kind of processor or one of {', '.join(LIBRARIES)} is another"
        return None


_MISSING = "missing"


def witness(sight: Sight) -> Witness:
    """Says what this process sees and is."""
    files = [(str(path), _content(path)) for path in sight.files]
    folders = [(str(path), "folder" if path.is_dir() else _MISSING) for path in sight.folders]
    return Witness((*files, *folders), platform.python_version(), _LOADED)


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return _MISSING
