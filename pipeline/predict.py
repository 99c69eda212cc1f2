"""`medgraft predict`: hands over to the stage's own program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def predict_images(model: str, images: Path, out: Path, table: Path | None = None) -> int:
    """Runs `python -m stages.predict` and passes its output and exit code on.

    Args:
        model: The folder of a packaged model.
        images: An image, a folder of them, or a table of records.
        out: The table to write.
        table: Covariates of the images, for a model that takes any.
    """
    arguments = ["--model", model, "--images", str(images), "--out", str(out)]
    arguments += [] if table is None else ["--table", str(table)]
    return subprocess.run([sys.executable, "-m", "stages.predict", *arguments], check=False).returncode
