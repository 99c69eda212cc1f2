from __future__ import annotations

import numpy as np
import torch

from stages.components.inference import extract_features, predict
from tests.unit.stages.small import cases_of, copied, network_of, plain_device

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
    many = np.tile(CASES.images, (9, 1, 1, 1))
    features = extract_features(network, many, plain_device(network))
    assert features.shape == (324, network.head.in_features)
    np.testing.assert_allclose(features, np.tile(features[:36], (9, 1)), atol=1e-4)
