"""As `full`, with batch spectral shrinkage: directions in which the features hardly differ are let go.

Chen et al. 2019, "Catastrophic forgetting meets negative transfer: batch spectral shrinkage for safe
transfer learning": of the features of a batch, the components of the smallest singular values are those
that do not transfer; the loss gains eta times the sum of the squares of the k smallest.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stages.components.networks.network import GraftNetwork
from stages.components.strategies.trial import Trained, Trial, fit_at, redraw_head
from stages.components.training.optimisation import Pace
from stages.contracts.strategy import BssParams


@dataclass(frozen=True)
class SpectralShrinkage:
    """The penalty: `eta` times the sum of the squares of the `smallest` smallest singular values."""

    eta: float
    smallest: int

    def __call__(self, network: GraftNetwork, features: Tensor) -> Tensor:  # noqa: ARG002 - one for all
        """Gives the penalty of the features of a batch, shape (cases, width)."""
        values: Tensor = torch.linalg.svdvals(features)  # from the largest to the smallest
        return self.eta * values[-self.smallest :].square().sum()


def train_bss(trial: Trial, params: BssParams) -> Trained:
    """Trains a new head and the transferred backbone together, and shrinks what does not transfer."""
    redraw_head(trial)
    penalty = SpectralShrinkage(params.eta, params.smallest)
    pace = Pace(
        backbone=params.backbone_rate, batch_norm=params.batch_norm, penalty=penalty, of_features=True
    )
    return fit_at(trial, pace)
