"""The layers that take in what is known of a case beside its image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.components.networks.record_input import RecordInput, blank_scales
from stages.contracts.feature import TRUNK, Feature, covariate_width, units_of
from stages.contracts.network import Scales


class CovariateBranch(nn.Module):
    """The units of the covariates, and beside them what one layer with GELU makes of them.

    The head sees the units themselves, so that a linear probe on frozen features weighs them as they are.

    Attributes:
        normalise: Standardises numbers, codes categories, and tells what is missing.
        trunk: Units to `TRUNK` values.
        width: How many values the head takes in of it.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        super().__init__()
        units = len(units_of(features))
        self.normalise = RecordInput(features, blank_scales(features))
        self.trunk = nn.Linear(units, TRUNK)
        self.width = covariate_width(features)

    def settle(self, scales: Scales) -> None:
        """Sets mean and deviation of the units, as they were fitted to training cases."""
        self.normalise.mean.copy_(torch.tensor(scales.mean))
        self.normalise.deviation.copy_(torch.tensor(scales.deviation))

    def draw(self, generator: torch.Generator | None = None) -> None:
        """Gives the trunk new weights, from a generator or the global one."""
        nn.init.kaiming_normal_(self.trunk.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(self.trunk.bias)

    def forward(self, covariates: Tensor) -> Tensor:
        """Gives values of shape (cases, width) of covariates (cases, features), NaN where missing."""
        units = self.normalise(covariates.float())
        return torch.cat([units, functional.gelu(self.trunk(units))], dim=1)
