"""The chain of checkpoints from a model's weights back to where they began."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pipeline.lineage.artifact_name import MODEL
from pipeline.lineage.record import WeightsLink
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.model import RECORD as MODEL_RECORD
from stages.contracts.model import Model, folders
from stages.contracts.scores import Chosen

Step = Literal["packaged", "finetuned", "transferred", "source"]


def packaged_ancestry(root: Path, chosen: Chosen) -> tuple[WeightsLink, ...]:
    """Gives the chain of the packaged model; of an ensemble, that of its best seed.

    Raises:
        DataError: If a checkpoint's record is missing or damaged.
    """
    model = read_json(Model, root / MODEL / MODEL_RECORD)
    seeds = model.members or (model.seed,)
    folder = folders(model)[seeds.index(model.seed)]
    return (_link(root, "packaged", f"{MODEL}/{folder}"), *ancestry_of(root, chosen))


def ancestry_of(root: Path, chosen: Chosen) -> tuple[WeightsLink, ...]:
    """Gives the chain of a fine-tuned checkpoint; it ends where the weights were drawn or came in.

    Raises:
        DataError: If a checkpoint's record is missing or damaged.
    """
    return tuple(_walk(root, chosen))


def _walk(root: Path, chosen: Chosen) -> Iterator[WeightsLink]:
    name = f"{chosen.source}-{chosen.strategy}-{chosen.seed}"
    steps: tuple[tuple[Step, str], ...] = (
        ("finetuned", f"artifacts/finetuned/{name}"),
        ("transferred", f"artifacts/transferred/{chosen.source}"),
        ("source", f"artifacts/sources/{chosen.source}"),
    )
    for step, path in steps:
        link = _link(root, step, path)
        yield link
        if link.parent_sha256 is None:
            return


def _link(root: Path, step: Step, path: str) -> WeightsLink:
    record = read_json(Checkpoint, root / path / RECORD)
    trained = {"trained": record.source, "finetuned": "target"}
    return WeightsLink(
        step=step,
        path=path,
        origin=record.origin,
        source=record.source,
        strategy=record.strategy,
        seed=record.environment.seed if record.environment else None,
        weights_sha256=record.weights_sha256,
        parent_sha256=record.parent_sha256,
        training_cases=record.training_cases,
        training_domain=trained.get(record.origin),
        environment=record.environment,
    )
