"""A class per pixel: Dice and cross-entropy together (Milletari et al. 2016, Isensee et al. 2021)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from monai.losses.dice import DiceCELoss
from numpy.typing import NDArray
from torch import Tensor

from stages.components.networks.network import GraftNetwork
from stages.components.tasks.objective import Floats, LinearFit, Loss, Targets, refuse
from stages.components.tasks.overlap import mean_dice, overlap_table
from stages.contracts.errors import DataError, ParamsError
from stages.contracts.predictions import COLUMNS
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe


class Masks:
    """Masks; the first class is the background."""

    spatial = True

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._classes = classes

    def targets(self, cases: PreparedCases) -> Targets:
        """Gives a class per pixel, uint8 of shape (cases, *size).

        Raises:
            DataError: If the cases have no masks.
        """
        if cases.masks is None:
            raise DataError(
                "there are no masks",
                where=f"domain '{cases.preparation.domain}'",
                why="its cases were prepared without them",
                remedy="take the data in with their masks",
            )
        return cases.masks[:]

    def settle(self, network: GraftNetwork, targets: Targets) -> None:
        """Needs nothing."""

    def loss(self, network: GraftNetwork, targets: Targets, recipe: Recipe) -> Loss:  # noqa: ARG002
        """Gives the sum of the soft Dice loss and the cross-entropy."""
        if recipe.class_weights:
            raise refuse("class_weights", "segmentation")
        both = DiceCELoss(to_onehot_y=True, softmax=True, label_smoothing=recipe.label_smoothing)

        def loss(outputs: Tensor, masks: Tensor) -> Tensor:
            value: Tensor = both(outputs, masks[:, None])
            return value

        return loss

    def fit_head(
        self,
        features: Floats,  # noqa: ARG002 - one interface for all
        targets: Targets,  # noqa: ARG002
        how: LinearFit,  # noqa: ARG002
    ) -> tuple[Floats, Floats]:
        """Has no such fit.

        Raises:
            ParamsError: Always: the head of a segmenter works on maps, which are not kept.
        """
        raise ParamsError(
            "a segmentation has no linear probe",
            where="params.yaml: grid.strategies",
            why="its head works on maps of features, and only their means are kept",
            remedy="choose strategies of kind scratch and full (`backbone_rate: 0` trains the head alone)",
        )

    def watch(self, said: NDArray[Any], targets: Targets) -> tuple[float, float]:
        """Gives 1 minus the mean Dice, and the mean Dice."""
        dice = mean_dice(said, targets, len(self._classes))
        return 1 - dice, dice

    def tabulate(self, cases: PreparedCases, said: NDArray[Any]) -> pd.DataFrame:
        """Compares predicted masks with the true ones, a row per case."""
        truth: NDArray[np.uint8] = self.targets(cases)
        scores = overlap_table(said, truth, self._classes, cases.preparation.params.spacing)
        return pd.concat([cases.index[list(COLUMNS)].reset_index(drop=True), scores], axis=1)
