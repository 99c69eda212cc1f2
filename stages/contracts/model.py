"""The packaged model: everything that is needed to use it on a new image, and nothing of any patient."""

from __future__ import annotations

from pydantic import Field

from stages.contracts.artifact import Record
from stages.contracts.feature import Feature
from stages.contracts.preparation import PrepareParams
from stages.contracts.scores import Evaluation
from stages.contracts.task import Task

RECORD = "medgraft.json"
FOLDER = "models"
READING = "adapter.json"
"""How a table is read, beside prepared cases and a model that take records or covariates."""


class Model(Record):
    """Record of a packaged model, beside its checkpoint in `models/`."""

    name: str
    task: Task = "classes"
    """What it says of an image."""
    classes: tuple[str, ...]
    """In the order of the outputs; none of a regression."""
    positive: str | None
    """Positive class of a task with two classes."""
    threshold: float | None
    """Probability of the positive class at which a case is called positive."""
    preparation: PrepareParams
    """What is done to an image before the network sees it."""
    covariates: tuple[Feature, ...] = Field(default=(), exclude_if=lambda value: not value)
    """Its second input: what must be known of a case beside the image."""
    source: str
    strategy: str
    seed: int
    temperature: float = 1.0
    """Divides the logits of classes before they become probabilities."""
    members: tuple[int, ...] = ()
    """Seeds whose mean it says, each in a folder of its own below `models/`; empty for one alone."""
    weights_sha256: str
    """Of the best seed."""
    evaluation: Evaluation
    """The test split's figures and the verdict."""
    intended_use: str
    """What the model may be used for."""


def folders(model: Model) -> tuple[str, ...]:
    """Names the folders of a model's checkpoints, below the model's own."""
    return tuple(f"{FOLDER}/seed-{seed}" for seed in model.members) or (FOLDER,)
