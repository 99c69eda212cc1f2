"""Work for real workers of a cluster, which import it by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def doubled(folder: Path, number: int) -> int:
    """Doubles a number; the first worker that is to double 3 dies over it."""
    died = folder / "died"
    if number == 3 and not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number
