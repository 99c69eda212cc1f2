"""The learning curve of one training, as a CSV that `dvc plots` draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from stages.contracts.artifact import Record, whole_file


class Epoch(Record):
    """One epoch; the validation columns are null where it was not due."""

    epoch: int
    train_loss: float
    val_loss: float | None
    val_accuracy: float | None


def write_history(history: Sequence[Epoch], file: Path) -> None:
    """Writes one row per epoch."""
    table = pd.DataFrame([row.model_dump() for row in history], columns=list(Epoch.model_fields))
    with whole_file(file) as part:
        table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n")
