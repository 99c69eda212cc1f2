from __future__ import annotations

import pytest
import torch
from monai.networks.nets.segresnet import SegResNet

from stages.contracts.errors import ParamsError
from stages.contracts.network import ImageSize
from tests.unit.stages.small import copied, network_of, spec_of


@pytest.mark.parametrize("size", [(16, 24), (8, 16, 24)])
def test_it_is_monais_network_cut_in_two(size: ImageSize) -> None:
    network = network_of(1, spec_of(3, size=size, name="segresnet", width=0.5)).eval()
    monai = SegResNet(spatial_dims=len(size), init_filters=16, in_channels=1, out_channels=3).eval()
    tensors = copied(network)
    own = {k.removeprefix("backbone."): t for k, t in tensors.items() if k.startswith("backbone.")}
    head = {f"conv_final.2.conv.{k}": tensors[f"head.{k}"] for k in ("weight", "bias")}
    monai.load_state_dict(own | head)
    images = torch.rand(1, 1, *size) * 255
    with torch.inference_mode():
        assert torch.equal(network(images), monai(network.normalise(images)))


def test_its_features_are_the_mean_of_the_deepest_map() -> None:
    network = network_of(1, spec_of(name="segresnet", width=0.25)).eval()
    images = torch.rand(2, 1, 32, 32) * 255
    with torch.inference_mode():
        deepest = network.backbone.encode(network.normalise(images))[0]  # type: ignore[operator]
        torch.testing.assert_close(network.features(images), deepest.mean(dim=(2, 3)))
        assert deepest.shape == (2, 64, 4, 4)


@pytest.mark.parametrize(
    ("size", "fitting"), [((28, 32), "[32, 32]"), ((35, 51, 35), "[40, 56, 40]"), ((4, 8), "[8, 8]")]
)
def test_sides_that_its_decoder_does_not_meet_again_are_refused(size: ImageSize, fitting: str) -> None:
    with pytest.raises(ParamsError, match="segresnet cannot take images of this size") as caught:
        network_of(0, spec_of(size=size, name="segresnet"))
    assert caught.value.remedy == f"set prepare.<domain>.size to multiples of 8, such as {fitting}"


@pytest.mark.parametrize("width", [0.01, 0.3])
def test_a_width_that_does_not_fall_into_groups_is_refused(width: float) -> None:
    with pytest.raises(ParamsError, match="segresnet cannot have this width") as caught:
        network_of(0, spec_of(name="segresnet", width=width))
    assert caught.value.where == f"network.width {width}"
