"""As `full`, with the source's weights as the point that a penalty pulls back to: L2-SP.

Li, Grandvalet & Davoine 2018, "Explicit inductive bias for transfer learning with convolutional networks":
with W_shared = W_source + dW, the loss gains alpha / 2 * ||dW||^2 + beta / 2 * ||W_head||^2. It takes the
place of weight decay, which would pull to zero.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stages.components.networks.network import GraftNetwork
from stages.components.prediction.inference import place
from stages.components.strategies.trial import Trained, Trial, fit_at, redraw_head
from stages.components.training.optimisation import Pace
from stages.contracts.strategy import L2SpParams


class StartingPoint:
    """The penalty on the way from the weights that a network has now."""

    def __init__(self, network: GraftNetwork, params: L2SpParams) -> None:
        self._start = [weight.detach().clone() for weight in network.backbone.parameters()]
        self._alpha, self._beta = params.alpha, params.beta

    def __call__(self, network: GraftNetwork, features: Tensor) -> Tensor:  # noqa: ARG002 - one for all
        """Gives the weighted squared distance of the backbone, plus that of the head from zero."""
        shared = zip(network.backbone.parameters(), self._start, strict=True)
        moved = torch.stack([(weight - start).square().sum() for weight, start in shared]).sum()
        head = torch.stack([weight.square().sum() for weight in network.specific_parameters()]).sum()
        return 0.5 * (self._alpha * moved + self._beta * head)


def train_l2_sp(trial: Trial, params: L2SpParams) -> Trained:
    """Trains a new head and the transferred backbone together, the latter near its source."""
    redraw_head(trial)
    start = StartingPoint(place(trial.network, trial.device), params)
    return fit_at(
        trial,
        Pace(backbone=params.backbone_rate, batch_norm=params.batch_norm, weight_decay=False, penalty=start),
    )
