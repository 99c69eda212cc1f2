from __future__ import annotations

from typing import get_args

import pytest
import torch

from stages.components.networks.network import GraftNetwork, build_network
from stages.contracts.errors import ParamsError
from stages.contracts.network import Family, ImageSize, NetworkParams, Normalisation
from tests.unit.stages.small import copied, network_of, plain_device, spec_of

FAMILIES = [NetworkParams(name=name) for name in get_args(Family)]
CLASSIFIERS = [family.name for family in FAMILIES if not family.segments and not family.takes_records]
SEGMENTERS = [family.name for family in FAMILIES if family.segments]
GREY = Normalisation(mean=(100.0,), deviation=(50.0,))


def logits(network: GraftNetwork, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        result: torch.Tensor = network.eval()(images)
    return result


@pytest.mark.parametrize("size", [(32, 40), (32, 32, 40)])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_each_family_of_images_is_cut_into_features_and_a_linear_head(name: str, size: ImageSize) -> None:
    spec = spec_of(3, size=size, name=name)
    network = build_network(spec, GREY, 0).eval()
    images = torch.randint(0, 256, (2, 1, *size)).float()
    with torch.inference_mode():
        features = network.features(images)
        assert features.shape == (2, network.head.weight.shape[1])
        torch.testing.assert_close(network(images), network.head(features))
    assert network.outputs == 3
    roles = {key.partition(".")[0] for key in network.state_dict()}
    assert roles == {"normalise", "backbone", "head"}
    assert spec.dims == network.dims == len(size)
    assert {t.dim() for k, t in copied(network).items() if "conv" in k and t.dim() > 1} == {2 + len(size)}


@pytest.mark.parametrize("size", [(32, 64), (32, 64, 32)])
@pytest.mark.parametrize("name", SEGMENTERS)
def test_each_segmenter_is_cut_into_maps_and_a_convolution(name: str, size: ImageSize) -> None:
    network = build_network(spec_of(3, size=size, name=name), GREY, 0).eval()
    images = torch.randint(0, 256, (2, 1, *size)).float()
    with torch.inference_mode():
        maps = network.backbone(network.normalise(images))
        assert maps.shape == (2, network.head.weight.shape[1], *size)
        torch.testing.assert_close(network(images), network.head(maps))
        assert network(images).shape == (2, 3, *size)
    assert network.head.weight.shape[2:] == (1,) * len(size)
    assert {key.partition(".")[0] for key in network.state_dict()} == {"normalise", "backbone", "head"}


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_features_of_a_segmenter_come_from_its_encoder_alone(name: str) -> None:
    network = network_of(0, spec_of(name=name)).eval()
    images = torch.randint(0, 256, (2, 1, 32, 32)).float()
    decoder = [k for k in copied(network) if k.startswith(network.decoder)]
    encoder = [k for k in copied(network) if k.startswith("backbone.") and k not in decoder]
    for part, changes in ((decoder, False), (encoder, True)):
        with torch.inference_mode():
            before = network.features(images)
            for tensor in part:
                network.state_dict()[tensor].add_(1)
            assert torch.equal(network.features(images), before) != changes
    assert before.shape[0] == 2
    assert before.dim() == 2


@pytest.mark.parametrize("size", [(32, 32), (32, 40, 32)])
@pytest.mark.parametrize("name", ["resnet10", "efficientnet-b0", "unet", "segresnet", "resnet10-unet"])
def test_training_gives_the_same_bits_again(name: str, size: ImageSize) -> None:
    spec = spec_of(size=size, name=name, width=0.25, stem_pool=False, stem_stride=1)

    def trained() -> dict[str, torch.Tensor]:
        network = build_network(spec, GREY, 3).train()
        plain_device(network)
        torch.manual_seed(0)
        optimiser = torch.optim.AdamW(network.parameters(), fused=True)
        for step in range(2):
            images = torch.rand(2, 1, *size, generator=torch.Generator().manual_seed(step)) * 255
            optimiser.zero_grad()
            network(images).square().mean().backward()
            optimiser.step()
        return copied(network)

    one, again = trained(), trained()
    assert all(torch.equal(tensor, again[key]) for key, tensor in one.items())
    begun = copied(build_network(spec, GREY, 3))
    assert not [
        k for k, _ in build_network(spec, GREY, 3).named_parameters() if torch.equal(begun[k], one[k])
    ]


@pytest.mark.parametrize("name", ["resnet10", "unet"])
def test_a_head_is_drawn_anew_or_set_and_nothing_else_changes(name: str) -> None:
    network = network_of(0, spec_of(3, name=name))
    before = copied(network)
    network.draw_head(torch.Generator().manual_seed(5))
    assert [k for k, t in copied(network).items() if not torch.equal(before[k], t)] == ["head.weight"]
    weight, bias = torch.rand(3, network.head.weight.shape[1], dtype=torch.float64), torch.rand(3)
    network.set_head(weight, bias)
    assert torch.equal(network.head.weight.flatten(1), weight.float())
    assert network.head.bias is not None
    assert torch.equal(network.head.bias, bias)


def test_a_seed_decides_every_weight() -> None:
    one, same, other = (build_network(spec_of(), GREY, seed) for seed in (1, 1, 2))
    for name, tensor in one.named_parameters():
        assert torch.equal(tensor, same.get_parameter(name))
        if name.endswith("conv1.weight") or name == "head.weight":
            assert not torch.equal(tensor, other.get_parameter(name))


def test_building_a_network_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    build_network(spec_of(), GREY, 1)
    assert torch.equal(torch.rand(3), expected)


def test_the_input_statistics_are_in_the_network() -> None:
    images = torch.randint(0, 256, (3, 1, 32, 32)).float()
    one = build_network(spec_of(), Normalisation(mean=(100.0,), deviation=(50.0,)), 0)
    other = build_network(spec_of(), Normalisation(mean=(0.0,), deviation=(1.0,)), 0)
    torch.testing.assert_close(logits(one, images), logits(other, (images - 100) / 50))


def test_the_head_computes_in_full_precision_under_autocast() -> None:
    network = network_of().eval()
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
        assert network(torch.zeros(1, 1, 32, 32)).dtype == torch.float32


def test_a_narrow_stem_keeps_more_of_a_small_image() -> None:
    kept = {stride: network_of(0, spec_of(stem_stride=stride)).backbone for stride in (1, 2)}
    with torch.inference_mode():
        sizes = {s: b.get_submodule("conv1")(torch.zeros(1, 1, 32, 32)).shape[-1] for s, b in kept.items()}
    assert sizes == {1: 32, 2: 16}


@pytest.mark.parametrize("size", [(32, 32), (32, 32, 32)])
def test_a_shortcut_of_zeros_has_no_weights(size: ImageSize) -> None:
    convolved = network_of(0, spec_of(size=size, name="resnet18"))
    padded = network_of(0, spec_of(size=size, name="resnet18", shortcut="A"))
    assert {n for n in copied(convolved) if n not in copied(padded)} == {
        n for n in copied(convolved) if ".downsample." in n
    }
    assert logits(padded, torch.rand(1, 1, *size) * 255).isfinite().all()


def test_lite_has_no_squeeze_excitation_and_no_swish() -> None:
    lite = build_network(spec_of(name="efficientnet-lite0"), GREY, 0)
    full = build_network(spec_of(name="efficientnet-b0"), GREY, 0)
    assert not [name for name in copied(lite) if "_se_" in name]
    assert [name for name in copied(full) if "_se_" in name]
    assert sum(isinstance(module, torch.nn.ReLU6) for module in lite.modules()) > 16
    assert not any("Swish" in type(module).__name__ for module in lite.modules())


@pytest.mark.parametrize("size", [(28, 28), (64, 31, 64)])
def test_an_image_too_small_for_a_densenet_is_refused_before_it_fails(size: ImageSize) -> None:
    spec = spec_of(size=size, name="densenet121")
    with pytest.raises(ParamsError, match="cannot take images of this size") as caught:
        build_network(spec, GREY, 0)
    assert caught.value.where == f"image size {'x'.join(map(str, size))}"
    assert caught.value.remedy.startswith("set prepare.<domain>.size to at least 32")


@pytest.mark.parametrize("size", [(31, 32), (10, 64), (16, 64, 64), (64, 64, 15)])
def test_a_side_that_an_efficientnet_reduces_to_nothing_is_refused(size: ImageSize) -> None:
    with pytest.raises(ParamsError, match="efficientnet-b0 cannot take images of this size"):
        network_of(0, spec_of(size=size, name="efficientnet-b0"))


@pytest.mark.parametrize("size", [(8, 8), (16, 48), (32, 64), (9, 9, 9), (16, 16, 48)])
def test_a_side_that_an_efficientnet_can_take_is_taken(size: ImageSize) -> None:
    network = network_of(0, spec_of(size=size, name="efficientnet-b0")).eval()
    with torch.inference_mode():
        assert network(torch.zeros(1, 1, *size)).shape == (1, 2)


@pytest.mark.parametrize("size", [(32,), (32, 0), (8, 8, 8, 8)])
def test_a_size_that_is_neither_an_images_nor_a_volumes_is_refused(size: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="image_size"):
        spec_of(size=size)  # type: ignore[arg-type]


def test_the_input_statistics_are_those_of_each_channel_of_a_volume() -> None:
    spec = spec_of(channels=2, size=(8, 9, 10))
    network = build_network(spec, Normalisation(mean=(10.0, 20.0), deviation=(2.0, 4.0)), 0)
    volumes = torch.rand(2, 2, 8, 9, 10)
    found = network.normalise(volumes)
    torch.testing.assert_close(found[:, 0], (volumes[:, 0] - 10) / 2)
    torch.testing.assert_close(found[:, 1], (volumes[:, 1] - 20) / 4)


@pytest.mark.parametrize(
    "values",
    [
        {"mean": [1.0, 2.0], "deviation": [1.0]},
        {"mean": [], "deviation": []},
        {"mean": [1.0], "deviation": [0.0]},
        {"mean": [float("nan")], "deviation": [1.0]},
    ],
)
def test_a_normalisation_that_cannot_be_applied_is_refused(values: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="Normalisation"):
        Normalisation.model_validate(values)
