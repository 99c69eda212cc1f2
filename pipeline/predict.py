"""`medgraft predict`: hands over to the stage's own program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def predict_images(model: str, images: Path, out: Path) -> int:
    """Runs `python -m stages.predict` and passes its output and exit code on.

    Args:
        model: The folder of a packaged model.
        images: An image, a folder of them, or a table of records.
        out: The table to write.
    """
    arguments = ["--model", model, "--images", str(images), "--out", str(out)]
    return subprocess.run([sys.executable, "-m", "stages.predict", *arguments], check=False).returncode
