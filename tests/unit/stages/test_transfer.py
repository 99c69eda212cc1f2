from __future__ import annotations

import pytest
import torch

from stages.components.networks.checkpoint import load_checkpoint, save_checkpoint, tensor_sha256
from stages.contracts.artifact import read_json
from stages.contracts.ledger import Ledger
from tests.unit.stages.chain import Chain, redescribe
from tests.unit.stages.small import network_of, spec_of


def test_the_ledger_is_true_of_the_checkpoints_on_both_sides(built: Chain) -> None:
    ledger = read_json(Ledger, built.root / "transferred/formula/ledger.json")
    _, source = load_checkpoint(built.root / "sources/formula")
    record, target = load_checkpoint(built.root / "transferred/formula")
    assert [entry.name for entry in ledger.entries] == list(target.state_dict())
    for entry in ledger.entries:
        assert entry.sha256_before == tensor_sha256(source.state_dict()[entry.name])
        assert entry.sha256_after == tensor_sha256(target.state_dict()[entry.name])
    assert ledger.coverage == 1.0
    assert record.network.classes == ("no", "yes")
    assert record.origin == "transferred"


def test_the_checkpoint_names_its_parent(built: Chain) -> None:
    source, _ = load_checkpoint(built.root / "sources/formula")
    target, _ = load_checkpoint(built.root / "transferred/formula")
    assert target.parent_sha256 == source.weights_sha256 != target.weights_sha256
    assert target.source == "formula"


def test_the_same_inputs_give_the_same_bytes(chain: Chain) -> None:
    before = chain.bytes_of("transferred")
    assert chain.transfer() == 0
    assert chain.bytes_of("transferred") == before


def test_the_seed_decides_the_head_alone(chain: Chain) -> None:
    _, before = load_checkpoint(chain.root / "transferred/formula")
    chain.params["transfer"]["seed"] = 1
    assert chain.transfer() == 0
    _, after = load_checkpoint(chain.root / "transferred/formula")
    states = before.state_dict(), after.state_dict()
    assert [name for name in states[0] if not torch.equal(states[0][name], states[1][name])] == [
        "head.weight"
    ]


def test_a_source_of_colour_images_is_adapted_to_grey_ones(chain: Chain) -> None:
    spec = spec_of(5, channels=3)
    (chain.root / "sources/colour").mkdir()
    save_checkpoint(
        chain.root / "sources/colour", network_of(1, spec), spec, origin="imported", source="colour"
    )
    assert chain.transfer("colour") == 0
    ledger = read_json(Ledger, chain.root / "transferred/colour/ledger.json")
    actions = {entry.name: entry.action for entry in ledger.entries}
    assert {name for name, action in actions.items() if action == "adapted"} == {
        "normalise.mean",
        "normalise.deviation",
        "backbone.conv1.weight",
    }
    assert load_checkpoint(chain.root / "transferred/colour")[0].network.in_channels == 1


def test_too_little_coverage_leaves_the_earlier_output(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source of two channels has no exact rule for one of three: its stem stays behind."""
    spec = spec_of(2, channels=2)
    save_checkpoint(
        chain.root / "sources/formula", network_of(1, spec), spec, origin="imported", source="formula"
    )
    before = chain.bytes_of("transferred")
    preparation = chain.root / "prepared/target/preparation.json"
    preparation.write_text(preparation.read_text().replace('"channels": 1', '"channels": 3'))
    chain.params["transfer"]["min_coverage"] = 1.0
    assert chain.transfer() == 11
    block = capsys.readouterr().err
    assert len(block.splitlines()) == 4
    assert "backbone.conv1.weight (the source's shape is (16, 2, 3, 3))" in block
    assert chain.bytes_of("transferred") == before


def test_what_stays_behind_knowingly_is_told_by_name(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(2, channels=2)
    save_checkpoint(
        chain.root / "sources/formula", network_of(1, spec), spec, origin="imported", source="formula"
    )
    preparation = chain.root / "prepared/target/preparation.json"
    preparation.write_text(preparation.read_text().replace('"channels": 1', '"channels": 3'))
    chain.params["transfer"]["min_coverage"] = 0.9
    assert chain.transfer() == 0
    expected = "formula: 1 shared tensors stay behind: backbone.conv1.weight\n"
    assert capsys.readouterr().err == expected


def test_a_whole_transfer_says_nothing(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    assert chain.transfer() == 0
    assert capsys.readouterr().err == ""


def test_what_has_no_labels_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    redescribe(chain.root / "prepared/target", "none")
    assert chain.transfer() == 10
    assert "its cases have no labels" in capsys.readouterr().err


@pytest.mark.parametrize("change", [{"min_coverage": 1.5}, {"min_covrage": 0.5}, {"min_coverage": "all"}])
def test_params_that_are_not_valid_are_refused(chain: Chain, change: dict[str, object]) -> None:
    chain.params["transfer"] = change
    assert chain.transfer() == 10
