from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stages.components.prediction.inference import extract_features
from stages.components.strategies.bss import SpectralShrinkage
from tests.unit.stages.components.strategies.tried import CASES, run
from tests.unit.stages.small import network_of, plain_device


def spectrum(kind: str, **params: object) -> NDArray[np.float32]:
    """Gives the singular values of a batch's features after training."""
    network = run(kind, 0, 0, CASES, {"epochs": 4}, **params)[1].network
    features = extract_features(network, CASES.only("train").images[::3], plain_device(network))
    return np.linalg.svd(features, compute_uv=False)


def test_the_penalty_is_that_of_the_paper() -> None:
    features = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    values = np.linalg.svd(features.numpy(), compute_uv=False)
    for smallest in (1, 3, 9):
        found = SpectralShrinkage(0.5, smallest)(network_of(), features)
        assert float(found) == pytest.approx(0.5 * (values[-smallest:] ** 2).sum(), rel=1e-4)


def test_its_gradient_shrinks_the_smallest_components_and_no_other() -> None:
    features = torch.diag(torch.tensor([3.0, 2.0, 1.0])).requires_grad_()
    torch.autograd.backward(SpectralShrinkage(0.5, 2)(network_of(), features))
    torch.testing.assert_close(features.grad, torch.diag(torch.tensor([0.0, 2.0, 1.0])))


def test_the_smallest_singular_values_end_below_those_of_full() -> None:
    full, shrunk = spectrum("full"), spectrum("bss", eta=1.0, smallest=4)
    assert (shrunk[-4:] < 0.9 * full[-4:]).all()


def test_without_weight_it_is_full() -> None:
    _, one = run("bss", eta=0.0)
    _, other = run("full")
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, other.network.state_dict()[name]), name


def test_batches_of_two_cases_and_more_values_than_there_are_do_no_harm() -> None:
    _, trained = run("bss", recipe={"batch_size": 2}, smallest=100)
    assert np.isfinite(trained.fitted.validation).all()


def test_features_without_any_spread_do_no_harm() -> None:
    features = torch.zeros(4, 6, requires_grad=True)
    torch.autograd.backward(SpectralShrinkage(1.0, 2)(network_of(), features))
    assert features.grad is not None
    assert bool(torch.isfinite(features.grad).all())
