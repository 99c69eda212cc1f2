"""Holds a transfer ledger against the tensors of both checkpoints."""

from __future__ import annotations

from pathlib import Path

from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.ledger import Ledger
from stages.contracts.recheck import Mismatch, TransferPlace
from stages.rechecking.found import Found
from stages.rechecking.tensor_digests import tensor_digests


def recheck_ledger(place: TransferPlace) -> Found:
    """Hashes every tensor again, before and after the transfer."""
    ledger = read_json(Ledger, Path(place.transferred) / "ledger.json")
    before = set(tensor_digests(Checkpoint.weights_file(Path(place.source))).values())
    target = tensor_digests(Checkpoint.weights_file(Path(place.transferred)))
    for entry in ledger.entries:
        where = f"{place.transferred}/ledger.json: {entry.name}"
        if entry.sha256_before is not None and entry.sha256_before not in before:
            yield Mismatch(
                where=where, why="no tensor of the source has the SHA-256 from before the transfer"
            )
        elif entry.action != "dropped" and entry.sha256_after != target.get(entry.name):
            yield Mismatch(where=where, why="the tensor's SHA-256 is not the one after the transfer")
        else:
            yield 1
    for name in sorted(target.keys() - {e.name for e in ledger.entries if e.action != "dropped"}):
        yield Mismatch(where=f"{place.transferred}/ledger.json", why=f"it has no entry for the tensor {name}")
