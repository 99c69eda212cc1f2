"""What became of each source's tensors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.report.ledgers import read_transfers
from pipeline.report.places import open_places
from stages.contracts.artifact import read_json, write_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.ledger import Ledger
from tests.unit.pipeline.report.built_workspace import Built, build_params, build_transfers


@pytest.fixture
def built(tmp_path: Path) -> Path:
    built = Built(tmp_path)
    build_params(built)
    build_transfers(built)
    return tmp_path


def change_size(root: Path, source: str, size: tuple[int, ...]) -> None:
    file = root / "artifacts/transferred" / source / RECORD
    record = read_json(Checkpoint, file)
    spec = record.network.model_copy(update={"image_size": size})
    write_json(record.model_copy(update={"network": spec}), file)


def test_a_network_of_volumes_is_told_with_its_three_sides(built: Path) -> None:
    name = read_transfers(open_places(built))[0].source
    assert "input 96 × 96 pixels" in read_transfers(open_places(built))[0].network
    change_size(built, name, (40, 56, 40))
    assert "input 40 × 56 × 40 voxels" in read_transfers(open_places(built))[0].network


def test_the_sentence_on_the_input_names_no_layer_that_was_only_inflated(built: Path) -> None:
    before = next(t for t in read_transfers(open_places(built)) if "input channels to 1" in t.input)
    file = built / "artifacts/transferred" / before.source / "ledger.json"
    ledger = read_json(Ledger, file)
    stem = next(entry for entry in ledger.entries if entry.action == "adapted" and entry.role == "shared")
    inflated = stem.model_copy(update={"name": "backbone.other", "reason": "2D to 3D: repeated"})
    write_json(ledger.model_copy(update={"entries": (*ledger.entries, inflated)}), file)
    after = next(t for t in read_transfers(open_places(built)) if t.source == before.source)
    assert after.input == before.input
    assert stem.name in after.input
