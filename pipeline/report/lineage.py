"""Where the selected model comes from: its chain of weights, its environment, and every stage's hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.lineage.lock import LockedStage, changed_since, read_lock
from pipeline.pedigree.graph import make_graph
from pipeline.report.drawing import Drawing
from pipeline.report.pedigree import draw_pedigree
from pipeline.report.places import Places
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.model import RECORD as MODEL_RECORD
from stages.contracts.model import Model
from stages.contracts.scores import Selection


@dataclass(frozen=True)
class Link:
    """One checkpoint of the chain.

    Attributes:
        step: What it is.
        checkpoint: Its record; None where it is not there.
        agrees: Whether its hash is the one that the checkpoint made from it names; None for the first.
    """

    step: str
    checkpoint: Checkpoint | None
    agrees: bool | None


@dataclass(frozen=True)
class Lineage:
    """The way back from the model.

    Attributes:
        chain: From the packaged model's weights to the source.
        packaged: The hash of the packaged weights, where packaged.
        packaged_agrees: Whether it is that of the selected checkpoint.
        selection: Seeds and thresholds.
        seeds: Every seed of the grid.
        stages: As dvc.lock records them.
        changed: Outputs whose bytes differ from the record.
        anchors: Where the page tells of each stage.
        drawing: Of the stages; None where none is recorded.
    """

    chain: tuple[Link, ...]
    packaged: str | None
    packaged_agrees: bool
    selection: Selection | None
    seeds: tuple[int, ...]
    stages: tuple[tuple[str, LockedStage], ...]
    changed: tuple[str, ...]
    anchors: dict[str, str]
    drawing: Drawing | None


def read_lineage(places: Places) -> Lineage | None:
    """Reads the lineage; None where there is neither a record of DVC's nor a selected model.

    Raises:
        DataError: If an artifact is damaged.
    """
    lock = read_lock(places.lock)
    selection = None
    if places.selected.is_dir():
        selection = read_json(Selection, places.selected / "selection.json")
    if lock is None and selection is None:
        return None
    chain = () if selection is None else _chain(places, selection)
    packaged = None
    if places.model.is_dir():
        packaged = read_json(Model, places.model / MODEL_RECORD).weights_sha256
    first = chain[0].checkpoint if chain else None
    stages = {} if lock is None else lock.stages
    anchors = {name: f"made-{number}" for number, name in enumerate(stages)}
    return Lineage(
        chain=chain,
        packaged=packaged,
        packaged_agrees=first is not None and packaged == first.weights_sha256,
        selection=selection,
        seeds=places.grid.seeds,
        stages=tuple(stages.items()),
        changed=() if lock is None else changed_since(lock, places.root),
        anchors=anchors,
        drawing=_draw(stages, anchors, selection),
    )


def _draw(
    stages: Mapping[str, LockedStage], anchors: Mapping[str, str], selection: Selection | None
) -> Drawing | None:
    if not stages:
        return None
    chosen = selection.selected if selection else None
    weights = [f"artifacts/finetuned/{chosen.source}-{chosen.strategy}-{chosen.seed}"] if chosen else []
    return draw_pedigree(make_graph(stages, weights), anchors)


def _chain(places: Places, selection: Selection) -> tuple[Link, ...]:
    chosen = selection.selected
    steps = (
        (
            f"fine-tuned by {chosen.strategy}, seed {chosen.seed}",
            places.selected / "selected" / str(chosen.seed),
        ),
        (f"transferred from {chosen.source}", places.transferred(chosen.source)),
        (f"source {chosen.source}", places.source(chosen.source)),
    )
    links: list[Link] = []
    for step, folder in steps:
        record = read_json(Checkpoint, folder / RECORD) if folder.is_dir() else None
        child = links[-1].checkpoint if links else None
        known = record is not None and child is not None
        links.append(
            Link(
                step,
                record,
                record.weights_sha256 == child.parent_sha256 if known and record and child else None,
            )
        )
    return tuple(links)
