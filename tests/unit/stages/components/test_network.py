from __future__ import annotations

from typing import get_args

import pytest
import torch

from stages.components.network import GraftNetwork, build_network
from stages.contracts.errors import ParamsError
from stages.contracts.network import Family, NetworkSpec, Normalisation
from tests.unit.stages.small import copied, network_of, spec_of

GREY = Normalisation(mean=(100.0,), deviation=(50.0,))


def logits(network: GraftNetwork, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        result: torch.Tensor = network.eval()(images)
    return result


@pytest.mark.parametrize("name", sorted({*get_args(Family)} - {"mlp"}))
def test_each_family_of_images_is_cut_into_features_and_a_linear_head(name: str) -> None:
    spec = spec_of(3, name=name)
    network = build_network(spec, GREY, 0).eval()
    images = torch.randint(0, 256, (2, 1, 32, 32)).float()
    with torch.inference_mode():
        features = network.features(images)
        assert features.shape == (2, network.head.in_features)
        torch.testing.assert_close(network(images), network.head(features))
    assert network.head.out_features == 3
    roles = {key.partition(".")[0] for key in network.state_dict()}
    assert roles == {"normalise", "backbone", "head"}


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
        sizes = {s: b.conv1(torch.zeros(1, 1, 32, 32)).shape[-1] for s, b in kept.items()}
    assert sizes == {1: 32, 2: 16}


def test_lite_has_no_squeeze_excitation_and_no_swish() -> None:
    lite = build_network(spec_of(name="efficientnet-lite0"), GREY, 0)
    full = build_network(spec_of(name="efficientnet-b0"), GREY, 0)
    assert not [name for name in copied(lite) if "_se_" in name]
    assert [name for name in copied(full) if "_se_" in name]
    assert sum(isinstance(module, torch.nn.ReLU6) for module in lite.modules()) > 16
    assert not any("Swish" in type(module).__name__ for module in lite.modules())


def test_an_image_too_small_for_a_densenet_is_refused_before_it_fails() -> None:
    spec = NetworkSpec(
        params=spec_of(name="densenet121").params, in_channels=1, image_size=(28, 28), classes=("a", "b")
    )
    with pytest.raises(ParamsError, match="cannot take images of this size") as caught:
        build_network(spec, GREY, 0)
    assert caught.value.remedy.startswith("set prepare.<domain>.size to at least 32")


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
