from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss as sklearn_log_loss

from stages.components.tasks.classes import class_weights, log_loss


def test_class_weights_favour_the_rare_class() -> None:
    weights = class_weights(np.array([0] * 9 + [1]), 2)
    torch.testing.assert_close(weights, torch.tensor([10 / 18, 10 / 2]))
    assert float((weights * torch.tensor([9, 1])).sum()) / 10 == pytest.approx(1)
    assert torch.isfinite(class_weights(np.array([0, 0]), 3)).all()


def test_log_loss_is_that_of_scikit_learn_and_stays_finite() -> None:
    draws = np.random.default_rng(0)
    probabilities = draws.dirichlet([1, 1, 1], 30).astype(np.float32)
    labels = draws.integers(0, 3, 30)
    assert log_loss(probabilities, labels) == pytest.approx(
        sklearn_log_loss(labels, probabilities, labels=[0, 1, 2]), rel=1e-4
    )
    assert log_loss(np.array([[0.0, 1.0]], np.float32), np.array([0])) == pytest.approx(16.118, abs=0.01)
