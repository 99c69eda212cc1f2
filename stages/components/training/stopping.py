"""Which epoch's weights a training ends with, and when it ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.components.networks.network import GraftNetwork
from stages.components.training.training_state import State, part_of
from stages.contracts.history import Epoch


class Best:
    """The weights of the least validation loss so far; without patience simply the last ones.

    Args:
        patience: Epochs that may pass without a lower loss.
    """

    def __init__(self, patience: int | None) -> None:
        self._patience = patience
        self._epoch, self._loss = 0, math.inf
        self._weights: dict[str, Tensor] = {}
        self._said: NDArray[Any] = np.empty((0, 0), dtype=np.float32)

    def take(self, epoch: Epoch, network: GraftNetwork, said: NDArray[Any]) -> bool:
        """Keeps a validated epoch if it is the best; without validation cases the last one is.

        Returns:
            Whether patience is at its end.
        """
        loss = epoch.val_loss
        if self._patience is None:
            self._weights, self._said = network.state_dict(), said
            return False
        if loss is None or not self._weights or loss < self._loss:
            self._weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
            self._said, self._epoch = said, epoch.epoch
            self._loss = math.inf if loss is None else loss
        return epoch.epoch - self._epoch >= self._patience

    def state(self) -> State:
        """Gives what is kept; without patience nothing, as the last epoch replaces it."""
        if self._patience is None or not self._weights:
            return {}
        facts = {"epoch": torch.tensor(self._epoch), "loss": torch.tensor(self._loss, dtype=torch.float64)}
        weights = {f"weights.{name}": tensor for name, tensor in self._weights.items()}
        return {**facts, **weights, "said": torch.from_numpy(self._said)}

    def restore(self, state: State) -> None:
        """Goes back to a state."""
        if state:
            self._epoch, self._loss = int(state["epoch"]), float(state["loss"])
            self._weights, self._said = part_of(state, "weights."), state["said"].numpy()

    def give(self, network: GraftNetwork) -> NDArray[Any]:
        """Gives the network the weights that were kept, and returns what they say of validation."""
        network.load_state_dict(self._weights)
        return self._said
