"""Predictions of every task, read back to be scored under many weightings of the cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.scores.grade_scores import Graded
from stages.components.scores.label_scores import Labelled
from stages.components.scores.number_scores import Measured
from stages.components.scores.overlap_scores import Overlapping
from stages.components.scores.scoring import Predictions
from stages.contracts.predictions import OVERLAPS, overlap_columns, said_of
from stages.contracts.task import LABEL_JOIN, Task

Floats = NDArray[np.float64]


class Scored(Protocol):
    """What a model said of some cases, beside the truth."""

    @property
    def cases(self) -> int:
        """How many."""

    def score(self, weights: Floats) -> dict[str, Floats]:
        """Gives every metric, shape (weightings,), for weights of shape (weightings, cases)."""


@dataclass(frozen=True)
class Reading:
    """How predictions are to be read.

    Attributes:
        task: What the labels are.
        classes: Their names, in the order of the probabilities.
        positive: Index of the positive class of a task with two classes; else None.
    """

    task: Task
    classes: tuple[str, ...]
    positive: int | None = None

    def read(self, table: pd.DataFrame, threshold: float | None) -> Scored:
        """Reads a table.

        Args:
            table: Predictions.
            threshold: Probability of the positive class at which a case is called positive.
        """
        if self.task == "segmentation":
            scores = table[overlap_columns(self.classes)].to_numpy(dtype=np.float64)
            shape = (len(table), len(OVERLAPS), len(self.classes) - 1)
            return Overlapping(self.classes[1:], scores.reshape(shape))
        said, labels = said_of(table), table["label"].to_numpy(dtype=np.int64)
        if self.task == "ordinal":
            return Graded(labels, said)
        if self.task == "multilabel":
            sets = [set(text.split(LABEL_JOIN)) for text in table["target"]]
            return Labelled(np.array([[name in one for name in self.classes] for one in sets]), said)
        if self.task == "regression":
            return Measured(np.array([float(text) for text in table["target"]]), said[:, 0])
        return Predictions(labels, said, self.positive, threshold)
