"""The learning curve of one training, as a CSV that `dvc plots` draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ConfigDict

from stages.contracts.artifact import Record, whole_file
from stages.contracts.errors import DataError


class Epoch(Record):
    """One epoch; the validation columns are null where it was not due."""

    # A loss may be infinite, and comes back from JSON as it was.
    model_config = ConfigDict(ser_json_inf_nan="constants")

    epoch: int
    train_loss: float
    val_loss: float | None
    val_score: float | None
    """Accuracy; the share of right answers where a case has several; of a number, the variance explained."""


def write_history(history: Sequence[Epoch], file: Path) -> None:
    """Writes one row per epoch."""
    import pandas as pd  # a run that only asks whether a training was left over needs none

    table = pd.DataFrame([row.model_dump() for row in history], columns=list(Epoch.model_fields))
    with whole_file(file) as part:
        table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n")


def read_history(file: Path) -> list[Epoch]:
    """Reads a learning curve back.

    Raises:
        DataError: If the file is missing, is not a CSV or has other columns.
    """
    import pandas as pd

    try:
        table = pd.read_csv(file, dtype="string")
        if list(table.columns) != list(Epoch.model_fields):
            raise ValueError(f"its columns are {', '.join(table.columns)}")
        rows = table.to_dict("records")
        return [Epoch.model_validate({k: None if pd.isna(v) else v for k, v in row.items()}) for row in rows]
    except (OSError, ValueError) as error:
        raise DataError(
            "a learning curve cannot be read",
            where=str(file),
            why=" ".join(str(error).split())[:200],
            remedy="run the stage that writes it again: `medgraft run --force STAGE`",
        ) from error
