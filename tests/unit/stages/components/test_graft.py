from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.checkpoint import tensor_sha256
from stages.components.graft import adapt_channels, graft, role_of
from stages.components.network import GraftNetwork
from stages.contracts.errors import DataError
from stages.contracts.ledger import Ledger, LedgerEntry
from tests.unit.stages.small import copied, network_of, spec_of


def by_name(ledger: Ledger) -> dict[str, LedgerEntry]:
    return {entry.name: entry for entry in ledger.entries}


def grafted(source: GraftNetwork, target: GraftNetwork, min_coverage: float = 0.99) -> dict[str, LedgerEntry]:
    return by_name(graft("s", source.state_dict(), target, min_coverage))


def features(network: GraftNetwork, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return network.eval().features(images)


def test_every_tensor_of_both_networks_has_one_entry() -> None:
    source, target = network_of(1), network_of(2, spec_of(3))
    tensors = source.state_dict() | {"backbone.more": torch.ones(3)}
    ledger = graft("s", tensors, target, 0.99)
    assert [e.name for e in ledger.entries] == [*target.state_dict(), "backbone.more"]
    assert by_name(ledger)["backbone.more"].action == "dropped"
    assert by_name(ledger)["backbone.more"].sha256_after is None
    assert all(entry.reason for entry in ledger.entries)


def test_the_backbone_arrives_bit_by_bit_with_its_statistics() -> None:
    source, target = network_of(1), network_of(2, spec_of(3))
    grafted(source, target)
    after = target.state_dict()
    for name, tensor in source.state_dict().items():
        if role_of(name) != "specific":
            assert torch.equal(after[name], tensor), name
    assert after["backbone.bn1.running_mean"].abs().sum() > 0


@pytest.mark.parametrize("classes", [2, 3])
def test_the_head_stays_though_the_class_counts_may_agree(classes: int) -> None:
    source, target = network_of(1), network_of(2, spec_of(classes))
    head = target.head.weight.detach().clone()
    entries = grafted(source, target)
    assert torch.equal(target.head.weight, head)
    assert entries["head.weight"].action == entries["head.bias"].action == "reinitialised"
    assert entries["head.weight"].role == "specific"


def test_the_hashes_are_those_of_the_tensors() -> None:
    source, target = network_of(1), network_of(2, spec_of(3))
    entries = grafted(source, target)
    before, after = source.state_dict(), target.state_dict()
    for name, entry in entries.items():
        assert entry.sha256_before == tensor_sha256(before[name])
        assert entry.sha256_after == tensor_sha256(after[name])
        assert entry.shape == tuple(after[name].shape)
        assert (entry.sha256_before == entry.sha256_after) == (entry.action == "moved")


def test_coverage_counts_the_numbers_of_the_backbone_alone() -> None:
    source, target = network_of(1), network_of(2)
    tensors = copied(source)
    shared = {name: tensor.numel() for name, tensor in tensors.items() if name.startswith("backbone.")}
    lost = "backbone.layer4.0.conv2.weight"
    del tensors[lost]
    ledger = graft("s", tensors, target, 0.0)
    assert ledger.backbone_parameters == sum(shared.values())
    assert ledger.moved_parameters == sum(shared.values()) - shared[lost]
    assert ledger.coverage == pytest.approx(1 - shared[lost] / sum(shared.values()))
    assert by_name(ledger)[lost].sha256_before is None


@pytest.mark.parametrize(
    ("params", "lost"),
    [
        ({"width": 0.125}, "backbone.conv1.weight (the source's shape is"),
        ({"name": "resnet50"}, "backbone.layer1.0.conv1.weight (the source's shape is"),
        ({"name": "densenet121"}, "backbone.conv1.weight (the source has no tensor of this name"),
        ({"stem_kernel": 7}, "backbone.conv1.weight (the source's shape is"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(params: dict[str, object], lost: str) -> None:
    source, target = network_of(1, spec_of(**params)), network_of(2)
    before = copied(target)
    with pytest.raises(DataError, match="of the backbone, less than 100%") as caught:
        graft("mine", source.state_dict(), target, 1.0)
    assert lost in caught.value.why
    assert caught.value.where == "source mine"
    assert all(torch.equal(before[name], tensor) for name, tensor in target.state_dict().items())


def test_renamed_tensors_are_refused_by_name() -> None:
    renamed = {name.replace("backbone.", "encoder."): t for name, t in network_of(1).state_dict().items()}
    with pytest.raises(DataError, match=r"covers 0\.0%") as caught:
        graft("s", renamed, network_of(2), 0.01)
    assert "backbone.conv1.weight (the source has no tensor of this name)" in caught.value.why


def test_a_backbone_of_the_wanted_coverage_is_taken() -> None:
    tensors = copied(network_of(1))
    del tensors["backbone.bn1.bias"]
    ledger = graft("s", tensors, network_of(2), 0.99)
    assert 0.99 < ledger.coverage < 1


def test_from_colour_to_grey_the_features_are_those_of_grey_in_three_channels() -> None:
    source, target = network_of(1, spec_of(channels=3)), network_of(2)
    entries = grafted(source, target)
    grey = torch.randint(0, 256, (4, 1, 32, 32)).float()
    torch.testing.assert_close(features(target, grey), features(source, grey.repeat(1, 3, 1, 1)))
    assert entries["backbone.conv1.weight"].action == "adapted"
    assert entries["backbone.conv1.weight"].reason == "3 input channels to 1"
    assert entries["normalise.mean"].role == "input"


def test_from_grey_to_colour_the_features_of_grey_stay() -> None:
    source, target = network_of(1), network_of(2, spec_of(channels=3))
    entries = grafted(source, target)
    grey = torch.randint(0, 256, (4, 1, 32, 32)).float()
    torch.testing.assert_close(features(target, grey.repeat(1, 3, 1, 1)), features(source, grey))
    assert entries["backbone.conv1.weight"].action == "adapted"
    assert tuple(target.normalise.mean.shape) == (1, 3, 1, 1)


@settings(deadline=None, max_examples=30)
@given(given_channels=st.integers(1, 5), wanted=st.integers(1, 5), size=st.sampled_from([1, 3, 7]))
def test_channels_are_adapted_only_by_an_exact_rule(given_channels: int, wanted: int, size: int) -> None:
    weight = torch.randn(4, given_channels, size, size, dtype=torch.float64)
    adapted = adapt_channels(weight, wanted)
    if given_channels > 1 and wanted > 1:
        assert adapted is None
        return
    image = torch.randn(2, 1, 9, 9, dtype=torch.float64)
    assert adapted is not None
    before = torch.nn.functional.conv2d(image.expand(-1, given_channels, -1, -1), weight)
    after = torch.nn.functional.conv2d(image.expand(-1, wanted, -1, -1), adapted)
    torch.testing.assert_close(after, before)


def test_two_channels_to_three_leave_the_stem_behind() -> None:
    with pytest.raises(DataError) as caught:
        graft("s", network_of(1, spec_of(channels=2)).state_dict(), network_of(2, spec_of(channels=3)), 1.0)
    assert "backbone.conv1.weight (the source's shape is (16, 2, 3, 3))" in caught.value.why
