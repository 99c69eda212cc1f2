"""The weights, by SHA-256, from the packaged model all the way back to where they began."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material
from pipeline.audit.recheck import NOT_HERE
from pipeline.lineage.record import WeightsLink
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, WEIGHTS, Checkpoint
from stages.contracts.errors import DataError
from stages.contracts.model import RECORD as MODEL_RECORD
from stages.contracts.model import Model

_OF_THE_CHECKPOINT = (
    "origin",
    "source",
    "strategy",
    "weights_sha256",
    "parent_sha256",
    "training_cases",
    "environment",
)
R = TypeVar("R", Checkpoint, Model)


def check_weights(material: Material) -> Check:
    """Hashes every weights file on the way, and holds it against its own record and the lineage record."""
    tally = Tally("weights", "facts of checkpoints")
    record = material.record
    links = {link.path: link for link in (*record.ancestry, *record.control)}.values()
    material.digests.read(_files(material), "sha256")
    for path, sha256 in record.model.weights.items():
        _check_file(material, f"{record.model.path}/{path}", sha256, tally)
        _check_members(material, f"{record.model.path}/{path}", sha256, tally)
    _check_packaged(material, tally)
    for link in links:
        _check_file(material, f"{link.path}/{WEIGHTS}", link.weights_sha256, tally)
        _check_record(material, link, tally)
    for name, chain in (("ancestry", record.ancestry), ("control", record.control)):
        _check_chain(name, chain, tally)
    return tally.check()


def _files(material: Material) -> list[Path]:
    record = material.record
    paths = [f"{record.model.path}/{path}" for path in record.model.weights]
    paths += [f"{link.path}/{WEIGHTS}" for link in (*record.ancestry, *record.control)]
    return [file for path in dict.fromkeys(paths) if (file := material.file(path))]


def _check_file(material: Material, path: str, sha256: str, tally: Tally) -> None:
    file = material.file(path)
    if file is None:
        _absent(material, path, tally)
    else:
        tally.expect(path, material.digests.sha256(file), sha256, "its SHA-256")


def _absent(material: Material, path: str, tally: Tally) -> None:
    """A file is missed where the list of its folder is known and does not name it."""
    folder = next((out for out in material.outs.values() if path.startswith(f"{out.path}/")), None)
    known = folder is not None and material.listing(folder.md5) is not None
    if known and folder is not None and path not in material.objects(folder):
        tally.differs(path, "the record names it, and no stage wrote it")
    else:
        tally.skip(path, NOT_HERE)


def _check_members(material: Material, path: str, sha256: str, tally: Tally) -> None:
    """The record beside each packaged weights file must name it."""
    beside = f"{path.rpartition('/')[0]}/{RECORD}"
    held = _read(Checkpoint, material, beside, tally)
    if held is not None:
        tally.expect(beside, held.weights_sha256, sha256, "the SHA-256 of the weights that it names")


def _check_packaged(material: Material, tally: Tally) -> None:
    """The model's own record must say what the lineage record says of it."""
    place, model = f"{material.record.model.path}/{MODEL_RECORD}", material.record.model
    held = _read(Model, material, place, tally)
    if held is None:
        return
    among = held.weights_sha256 in model.weights.values()
    tally.expect(place, among, True, "that its weights are among those recorded")
    for key in ("name", "task", "classes", "positive", "threshold", "temperature"):
        tally.expect(f"{place}: {key}", getattr(held, key), getattr(model, key))
    tally.expect(f"{place}: evaluation", held.evaluation, material.record.evaluation)


def _check_record(material: Material, link: WeightsLink, tally: Tally) -> None:
    place = f"{link.path}/{RECORD}"
    held = _read(Checkpoint, material, place, tally)
    for key in _OF_THE_CHECKPOINT if held is not None else ():
        tally.expect(f"{place}: {key}", getattr(held, key), getattr(link, key))


def _check_chain(name: str, chain: tuple[WeightsLink, ...], tally: Tally) -> None:
    for child, parent in pairwise(chain):
        where = f"{name} of the record: {child.path}"
        if child.step == "packaged":
            tally.expect(where, child.weights_sha256, parent.weights_sha256, "the SHA-256 of its weights")
        else:
            tally.expect(
                where, child.parent_sha256, parent.weights_sha256, "the SHA-256 that it started from"
            )
    if chain and chain[-1].parent_sha256 is not None:
        tally.differs(
            f"{name} of the record: {chain[-1].path}", "the chain ends, though it names weights before"
        )


def _read(model: type[R], material: Material, path: str, tally: Tally) -> R | None:
    file = material.file(path)
    if file is None:
        _absent(material, path, tally)
        return None
    try:
        return read_json(model, file)
    except DataError as error:
        tally.differs(path, error.why)
        return None
