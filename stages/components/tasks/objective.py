"""What a task asks of a training: targets, a loss, a head fitted in closed form, a glance at validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from stages.components.networks.network import GraftNetwork
from stages.contracts.errors import ParamsError
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe

Targets = NDArray[Any]
Floats = NDArray[np.float64]
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class LinearFit:
    """How a head is fitted on frozen features.

    Attributes:
        inverse_penalty: Smaller is more strongly regularised, as C of scikit-learn's LogisticRegression.
        balanced: Whether classes weigh alike, however many cases they have.
        seed: Of the solver.
    """

    inverse_penalty: float
    balanced: bool
    seed: int


class Objective(Protocol):
    """One kind of labels. `outputs` are what the network gives, `said` what its activation makes of them.

    Attributes:
        spatial: Whether targets lie in the grid of the image, and so move with it.
    """

    spatial: bool

    def targets(self, cases: PreparedCases) -> Targets:
        """Gives what is to be said of each case, one row per case."""

    def settle(self, network: GraftNetwork, targets: Targets) -> None:
        """Fits to the training targets what the network needs beside its weights."""

    def loss(self, network: GraftNetwork, targets: Targets, recipe: Recipe) -> Loss:
        """Gives the loss of (outputs, targets) of a batch.

        Raises:
            ParamsError: If the recipe asks for what the task has not.
        """

    def fit_head(self, features: Floats, targets: Targets, how: LinearFit) -> tuple[Floats, Floats]:
        """Gives weight (outputs, width) and bias (outputs,) of a linear head on standardised features."""

    def watch(self, said: NDArray[Any], targets: Targets) -> tuple[float, float]:
        """Gives the loss and one score of predictions, for a learning curve."""

    def tabulate(self, cases: PreparedCases, said: NDArray[Any]) -> pd.DataFrame:
        """Gives a table of what is said, a row per case."""


def refuse(asked: str, task: str) -> ParamsError:
    """Gives the error for a key of a recipe that a task has not."""
    return ParamsError(
        f"a task of kind '{task}' takes no `{asked}`",
        where=f"params.yaml: the recipe's `{asked}`",
        why="it is defined for classes only",
        remedy="remove the key",
    )
