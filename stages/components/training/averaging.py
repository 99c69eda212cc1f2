"""An exponential moving average of a network's weights: steadier than those of the last step."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from stages.components.networks.network import GraftNetwork


class MovingAverage:
    """A network whose tensors trail those of one in training; what does not move there is equal here."""

    def __init__(self, network: GraftNetwork, decay: float) -> None:
        def average(trailing: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
            if not trailing.is_floating_point():
                return current
            # A short training would else end near its first step.
            steps = torch.as_tensor(count)
            return trailing.lerp(current, 1 - ((1 + steps) / (10 + steps)).clamp_max(decay))

        self._averaged = AveragedModel(network, avg_fn=average, use_buffers=True)

    @property
    def network(self) -> GraftNetwork:
        """The network of averages."""
        return cast(GraftNetwork, self._averaged.module)

    def state(self) -> dict[str, Tensor]:
        """Gives the averages and the number of steps that are in them."""
        state: dict[str, Tensor] = self._averaged.state_dict()
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Goes back to a state."""
        self._averaged.load_state_dict(state)

    @torch.no_grad()
    def update(self, network: GraftNetwork) -> None:
        """Takes the weights after a step."""
        self._averaged.update_parameters(network)
