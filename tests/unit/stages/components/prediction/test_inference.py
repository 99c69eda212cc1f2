from __future__ import annotations

import numpy as np
import pytest
import torch

from stages.components.compute.device import Device
from stages.components.prediction import inference
from stages.components.prediction.inference import extract_features, laid_out, place, predict
from stages.contracts.network import ImageSize
from tests.unit.stages.small import cases_of, copied, network_of, plain_device, spec_of

CASES = cases_of({"train": (12, 12), "val": (6, 6)})


def test_predictions_add_up_to_one_and_do_not_depend_on_the_batch() -> None:
    network = network_of()
    whole = predict(network, CASES.images, plain_device(network))
    np.testing.assert_allclose(whole.sum(axis=1), 1, rtol=1e-5)
    alone = np.concatenate(
        [predict(network, CASES.images[k : k + 1], plain_device(network)) for k in range(36)]
    )
    np.testing.assert_allclose(whole, alone, atol=1e-5)


def test_predicting_changes_no_tensor() -> None:
    network = network_of()
    before = copied(network)
    network.train()
    predict(network, CASES.images, plain_device(network))
    extract_features(network, CASES.images, plain_device(network))
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_more_images_than_a_batch_keep_their_order() -> None:
    network = network_of()
    many = np.tile(CASES.images[:], (9, 1, 1, 1))
    features = extract_features(network, many, plain_device(network))
    assert features.shape == (324, network.head.weight.shape[1])
    np.testing.assert_allclose(features, np.tile(features[:36], (9, 1)), atol=1e-4)


def test_volumes_are_taken_a_few_at_a_time_and_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(0, spec_of(size=(8, 12, 10)))
    volumes = np.random.default_rng(0).integers(0, 256, (7, 1, 8, 12, 10), dtype=np.uint8)
    sizes: list[int] = []
    network.backbone.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    whole = extract_features(network, volumes, plain_device(network))
    monkeypatch.setattr(inference, "MOST_VALUES", 3 * 8 * 12 * 10)
    few = extract_features(network, volumes, plain_device(network))
    assert sizes == [7, 3, 3, 1]
    np.testing.assert_allclose(few, whole, atol=1e-5)


@pytest.mark.parametrize("size", [(16, 16), (16, 16, 16)])
def test_images_alone_are_laid_out_channels_last(size: ImageSize) -> None:
    network = place(network_of(0, spec_of(size=size)), Device("cpu", "fp32", 1))
    weight = network.backbone.get_parameter("layer4.0.conv1.weight")
    assert weight.is_contiguous() == (len(size) == 3)
    assert laid_out(torch.zeros(2, 3, *size)).is_contiguous() == (len(size) == 3)
