from __future__ import annotations

from itertools import product

import pytest
import torch

from stages.contracts.errors import ParamsError
from stages.contracts.network import ImageSize
from tests.unit.stages.small import copied, network_of, spec_of

STEMS = list(product((1, 2), (False, True)))


@pytest.mark.parametrize("name", ["resnet10", "resnet50"])
@pytest.mark.parametrize(("stride", "pool"), STEMS)
def test_its_decoder_follows_the_maps_of_any_stem(name: str, stride: int, pool: bool) -> None:
    spec = spec_of(3, name=f"{name}-unet", stem_stride=stride, stem_pool=pool)
    network = network_of(1, spec).eval()
    images = torch.rand(1, 1, 32, 32) * 255
    with torch.inference_mode():
        assert network(images).shape == (1, 3, 32, 32)
        deepest = network.backbone.encode(network.normalise(images))[-1]  # type: ignore[operator]
    assert deepest.shape[-1] == 32 // (8 * stride * (1 + pool))
    assert len(network.backbone.decoder) == 3 + pool + (stride == 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(("stride", "pool"), STEMS)
@pytest.mark.parametrize("size", [(32, 32), (32, 32, 32)])
def test_its_encoder_is_the_classifiers_by_name_shape_and_value(
    size: ImageSize, stride: int, pool: bool
) -> None:
    stem = {"stem_stride": stride, "stem_pool": pool}
    classifier = network_of(1, spec_of(size=size, name="resnet18", **stem)).eval()
    segmenter = network_of(2, spec_of(size=size, name="resnet18-unet", **stem)).eval()
    encoder = {k: t for k, t in copied(classifier).items() if k.startswith("backbone.")}
    rest = [k for k in copied(segmenter) if k.startswith("backbone.") and k not in encoder]
    assert rest
    assert all(name.startswith(segmenter.decoder) for name in rest)
    segmenter.load_state_dict(copied(segmenter) | encoder)
    images = torch.rand(2, 1, *size) * 255
    with torch.inference_mode():
        torch.testing.assert_close(segmenter.features(images), classifier.features(images))


def test_its_decoder_keeps_no_statistics_which_frozen_ones_would_spoil() -> None:
    network = network_of(0, spec_of(name="resnet10-unet"))
    kept = [name for name, _ in network.backbone.named_buffers()]
    assert kept
    assert not [name for name in kept if name.startswith("decoder.")]


@pytest.mark.parametrize(("stride", "pool", "multiple"), [(1, False, 8), (1, True, 16), (2, True, 32)])
def test_sides_that_its_decoder_does_not_meet_again_are_refused(
    stride: int, pool: bool, multiple: int
) -> None:
    with pytest.raises(ParamsError, match="resnet10-unet cannot take images of this size") as caught:
        network_of(
            0, spec_of(size=(multiple + 4, 64), name="resnet10-unet", stem_stride=stride, stem_pool=pool)
        )
    assert f"multiples of {multiple}, such as [{2 * multiple}, 64]" in caught.value.remedy
