from __future__ import annotations

import pytest

from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkParams

RESNET = NetworkParams(name="resnet18", width=0.5, stem_kernel=3, stem_stride=1, stem_pool=False)


def test_a_resnet_and_its_unet_lead_to_each_other_with_the_same_encoder() -> None:
    unet = RESNET.segmenter()
    assert unet == RESNET.model_copy(update={"name": "resnet18-unet"})
    assert (unet.segments, RESNET.segments) == (True, False)
    assert unet.classifier() == RESNET


@pytest.mark.parametrize("name", ["unet", "segresnet", "resnet10-unet"])
def test_what_segments_is_its_own_segmenter(name: str) -> None:
    params = NetworkParams.model_validate({"name": name})
    assert params.segmenter() is params


@pytest.mark.parametrize("name", ["densenet121", "efficientnet-b0", "resnet50"])
def test_what_classifies_is_its_own_classifier(name: str) -> None:
    params = NetworkParams.model_validate({"name": name})
    assert params.classifier() is params


@pytest.mark.parametrize("name", ["densenet121", "efficientnet-lite0"])
def test_an_encoder_without_a_decoder_is_named(name: str) -> None:
    with pytest.raises(ParamsError, match=f"{name} has no segmentation network on its encoder") as caught:
        NetworkParams.model_validate({"name": name}).segmenter()
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize("name", ["unet", "segresnet"])
def test_an_encoder_without_a_classifier_is_named(name: str) -> None:
    with pytest.raises(ParamsError, match=f"{name} has no classifier on its encoder"):
        NetworkParams.model_validate({"name": name}).classifier()
