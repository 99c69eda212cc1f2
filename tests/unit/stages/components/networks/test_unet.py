from __future__ import annotations

import pytest
import torch
from monai.networks.nets.basic_unet import BasicUNet

from stages.contracts.errors import ParamsError
from stages.contracts.network import ImageSize
from tests.unit.stages.small import copied, network_of, spec_of


@pytest.mark.parametrize("size", [(32, 40), (16, 33, 24)])
def test_it_is_monais_network_cut_in_two(size: ImageSize) -> None:
    network = network_of(1, spec_of(3, size=size, name="unet", width=1.0)).eval()
    monai = BasicUNet(spatial_dims=len(size), in_channels=1, out_channels=3).eval()
    tensors = copied(network)
    own = {k.removeprefix("backbone."): t for k, t in tensors.items() if k.startswith("backbone.")}
    monai.load_state_dict(own | {f"final_conv.{k}": tensors[f"head.{k}"] for k in ("weight", "bias")})
    images = torch.rand(1, 1, *size) * 255
    with torch.inference_mode():
        assert torch.equal(network(images), monai(network.normalise(images)))


def test_its_features_are_the_mean_of_the_deepest_map() -> None:
    network = network_of(1, spec_of(name="unet")).eval()
    seen: list[torch.Tensor] = []
    network.backbone.get_submodule("down_4").register_forward_hook(lambda *given: seen.append(given[-1]))
    images = torch.rand(2, 1, 32, 32) * 255
    with torch.inference_mode():
        features = network.features(images)
        network(images)
    torch.testing.assert_close(features, seen[1].mean(dim=(2, 3)))


@pytest.mark.parametrize("size", [(16, 16), (31, 31), (15, 64), (16, 16, 16)])
def test_an_image_that_is_halved_away_is_refused_before_it_fails(size: ImageSize) -> None:
    with pytest.raises(ParamsError, match="unet cannot take images of this size") as caught:
        network_of(0, spec_of(size=size, name="unet"))
    assert caught.value.remedy == "set prepare.<domain>.size to at least 32"


@pytest.mark.parametrize("size", [(16, 32), (17, 31, 32)])
def test_the_smallest_images_can_be_trained_on(size: ImageSize) -> None:
    network = network_of(0, spec_of(size=size, name="unet")).train()
    assert network(torch.rand(1, 1, *size)).shape == (1, 2, *size)
