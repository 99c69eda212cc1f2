from __future__ import annotations

from typing import Any

import pytest
import torch

from stages.components.grafting.graft import graft, role_of
from stages.components.networks.checkpoint import tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.contracts.errors import DataError
from stages.contracts.ledger import Ledger, LedgerEntry
from tests.unit.stages.small import SIDE, copied, network_of, spec_of


def by_name(ledger: Ledger) -> dict[str, LedgerEntry]:
    return {entry.name: entry for entry in ledger.entries}


def grafted(
    source: GraftNetwork, target: GraftNetwork, min_coverage: float = 0.99, *, from_segmenter: bool = True
) -> dict[str, LedgerEntry]:
    return by_name(graft("s", source.state_dict(), target, min_coverage, from_segmenter=from_segmenter))


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
    source, target = network_of(1, spec_of(2, 1, (SIDE, SIDE), **params)), network_of(2)
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


def test_two_channels_to_three_leave_the_stem_behind() -> None:
    with pytest.raises(DataError) as caught:
        graft("s", network_of(1, spec_of(channels=2)).state_dict(), network_of(2, spec_of(channels=3)), 1.0)
    assert "backbone.conv1.weight (the source's shape is (16, 2, 3, 3))" in caught.value.why


IMAGE, VOLUME = (32, 32), (32, 32, 32)
WAYS = [
    pytest.param({}, {}, id="images to images"),
    pytest.param({"size": VOLUME}, {"size": VOLUME}, id="volumes to volumes"),
    pytest.param({"size": IMAGE}, {"size": VOLUME}, id="images to volumes"),
    pytest.param({}, {"name": "resnet10-unet"}, id="classifier to segmenter"),
    pytest.param({}, {"name": "resnet10-unet", "size": VOLUME}, id="classifier to segmenter of volumes"),
    pytest.param({"name": "unet"}, {"name": "unet"}, id="segmenter to segmenter"),
    pytest.param({"name": "segresnet"}, {"name": "segresnet", "size": VOLUME}, id="segmenter to volumes"),
]


def both(
    given: dict[str, Any], wanted: dict[str, Any], **of_source: Any
) -> tuple[GraftNetwork, GraftNetwork, bool]:
    """Builds source and target, and tells whether the source segments."""
    source, target = spec_of(**given | of_source), spec_of(3, **wanted)
    return network_of(1, source), network_of(2, target), source.params.segments


@pytest.mark.parametrize(("given", "wanted"), WAYS)
def test_on_every_way_each_tensor_has_one_entry_and_all_that_is_shared_arrives(
    given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    source, target, segments = both(given, wanted)
    ledger = graft("s", source.state_dict(), target, 1.0, from_segmenter=segments)
    assert [entry.name for entry in ledger.entries] == list(target.state_dict())
    assert ledger.coverage == 1.0
    assert ledger.left_behind == ()
    fresh = {n for n in copied(target) if not segments and n.startswith(target.decoder)}
    assert ledger.specific == fresh | {"head.weight", "head.bias"}
    for entry in ledger.entries:
        assert entry.sha256_after == tensor_sha256(target.state_dict()[entry.name])
        if entry.name in fresh:
            assert entry.reason == "a classifier has no decoder to give"


@pytest.mark.parametrize(("given", "wanted"), WAYS)
def test_on_every_way_half_the_width_is_refused(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    source, target, segments = both(given, wanted | {"width": 0.5})
    with pytest.raises(DataError, match="of the backbone, less than 99%") as caught:
        graft("s", source.state_dict(), target, 0.99, from_segmenter=segments)
    assert "(the source's shape is" in caught.value.why


@pytest.mark.parametrize(("given", "wanted"), WAYS)
def test_on_every_way_renamed_tensors_are_refused(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    source, target, segments = both(given, wanted)
    renamed = {name.replace(".conv", ".convolution"): tensor for name, tensor in copied(source).items()}
    with pytest.raises(DataError, match="of the backbone, less than 99%") as caught:
        graft("s", renamed, target, 0.99, from_segmenter=segments)
    assert "(the source has no tensor of this name)" in caught.value.why


@pytest.mark.parametrize(("given", "wanted"), WAYS)
def test_on_every_way_three_channels_become_one(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    source, target, segments = both(given, wanted, channels=3)
    entries = grafted(source, target, 1.0, from_segmenter=segments)
    adapted = [name for name, entry in entries.items() if "3 input channels to 1" in entry.reason]
    assert [name.partition(".")[0] for name in adapted] == ["normalise", "normalise", "backbone"]


@pytest.mark.parametrize(("given", "wanted"), WAYS)
def test_on_every_way_the_head_stays_though_the_class_counts_agree(
    given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    source, target, segments = both(given, wanted, classes=3)
    before = copied(target)
    entries = grafted(source, target, 1.0, from_segmenter=segments)
    for name in ("head.weight", "head.bias"):
        assert torch.equal(target.state_dict()[name], before[name])
        assert (entries[name].role, entries[name].action) == ("specific", "reinitialised")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("densenet121", "resnet10-unet"),
        ("resnet18", "resnet50-unet"),
        ("unet", "segresnet"),
        ("resnet10-unet", "unet"),
        ("segresnet", "resnet10"),
    ],
)
def test_weights_of_another_kind_of_network_are_refused(source: str, target: str) -> None:
    given, wanted, segments = both({"name": source}, {"name": target})
    before = copied(wanted)
    with pytest.raises(DataError, match="of the backbone, less than 50%"):
        graft("s", given.state_dict(), wanted, 0.5, from_segmenter=segments)
    assert all(torch.equal(before[name], tensor) for name, tensor in wanted.state_dict().items())


def test_a_segmenter_whose_decoder_is_missing_is_no_classifier() -> None:
    source, target, _ = both({"name": "unet"}, {"name": "unet"})
    encoder = {name: t for name, t in copied(source).items() if not name.startswith(target.decoder)}
    with pytest.raises(DataError, match=r"backbone\.upcat_4") as caught:
        graft("s", encoder, target, 0.99)
    assert "the source has no tensor of this name" in caught.value.why


def test_a_classifier_takes_a_segmenters_encoder_and_drops_its_decoder() -> None:
    source, target, segments = both({"name": "resnet10-unet"}, {"name": "resnet10"})
    entries = grafted(source, target, 1.0, from_segmenter=segments)
    dropped = {name for name, entry in entries.items() if entry.action == "dropped"}
    assert dropped == {name for name in copied(source) if name.startswith(source.decoder)}


def test_volumes_do_not_become_images() -> None:
    source, target, _ = both({"size": VOLUME}, {"size": IMAGE})
    with pytest.raises(DataError, match="of the backbone, less than 99%") as caught:
        graft("s", source.state_dict(), target, 0.99)
    assert "backbone.conv1.weight (the source's shape is (16, 1, 3, 3, 3))" in caught.value.why


@pytest.mark.parametrize("name", ["resnet10", "unet", "segresnet", "resnet10-unet"])
def test_a_volume_of_equal_slices_gives_what_the_image_gave(name: str) -> None:
    """Padding apart: that of zeros tells the ends of a volume from its middle, so that of a ring is taken."""
    small = {"name": name, "stem_stride": 1, "stem_pool": False}
    wanted = small | {"size": (16, 32, 16)}
    source, target, segments = both(small | {"size": (32, 16)}, wanted, channels=3, classes=3)
    entries = grafted(source, target, 1.0, from_segmenter=segments)
    target.set_head(*(source.head.weight.detach(), source.head.bias.detach()))  # type: ignore[union-attr]
    for module in [*source.modules(), *target.modules()]:
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Conv3d)):
            module.padding_mode = "circular"
    draws = torch.Generator().manual_seed(0)  # two pixels that are almost alike amplify the rounding
    grey = torch.randint(0, 256, (1, 1, 32, 16), generator=draws).float()
    volume = grey.unsqueeze(2).expand(-1, -1, 16, -1, -1)
    colour = grey.expand(-1, 3, -1, -1)
    torch.testing.assert_close(features(target, volume), features(source, colour), rtol=1e-3, atol=1e-3)
    with torch.inference_mode():
        found, expected = target(volume), source(colour)
    slices = found.unbind(2) if segments else [found]
    for each in slices:
        torch.testing.assert_close(each, expected, rtol=1e-3, atol=1e-3)
    assert "2D to 3D: repeated along the new axis, divided by" in entries[_stem_of(entries)].reason


def _stem_of(entries: dict[str, LedgerEntry]) -> str:
    return next(n for n, e in entries.items() if n.startswith("backbone.") and len(e.shape) == 5)


def test_only_the_stem_is_adapted_to_other_channels() -> None:
    """A layer inside that has one channel is of another width, whatever its shape would allow."""
    source, target, _ = both({"name": "resnet10"}, {"name": "resnet10"})
    tensors = copied(source) | {"backbone.layer1.0.conv1.weight": torch.ones(16, 1, 3, 3)}
    entries = by_name(graft("s", tensors, target, 0.9))
    assert entries["backbone.layer1.0.conv1.weight"].action == "reinitialised"
