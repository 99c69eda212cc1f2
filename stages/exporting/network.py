"""A packaged model as one torch module: from prepared images to what the model says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from stages.components.networks.network import GraftNetwork, build_network
from stages.components.prediction.inference import laid_out
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.model import Model

_LEAST = float(torch.finfo(torch.float32).tiny)


class PackagedNetwork(nn.Module):
    """The networks of a model, their mean and its temperature.

    Attributes:
        members: One network, or one for each seed of an ensemble.
    """

    def __init__(self, members: Sequence[GraftNetwork], model: Model) -> None:
        super().__init__()
        flat = members[0].dims == 2
        self.members = nn.ModuleList(
            one.to(memory_format=torch.channels_last) if flat else one  # type: ignore[call-overload]
            for one in members
        )
        self._segments = model.task == "segmentation"
        self._temperature = model.temperature

    def forward(self, images: Tensor, covariates: Tensor | None = None) -> Tensor:
        """Gives what is said of each image.

        Args:
            images: Prepared, float32 of shape (images, channels, *size), on the scale of 0 to 255.
            covariates: Shape (images, covariates), NaN where missing; None for networks without any.

        Returns:
            Probabilities (images, classes), numbers (images, 1), or scores of each pixel
            (images, classes, *size), whose greatest is the pixel's class; float32.
        """
        members = cast(Sequence[GraftNetwork], self.members)
        if self._segments:
            scores: Tensor = members[0](laid_out(images))
            return scores
        said = torch.stack([one.activate(one(laid_out(images), covariates)) for one in members])
        mean = said.double().mean(dim=0)
        return (mean if self._temperature == 1 else _tempered(mean, self._temperature)).float()


def bare_network(model: Path, checkpoint: Path) -> PackagedNetwork:
    """Builds the module without its weights, which are loaded into it afterwards.

    Args:
        model: The model's record.
        checkpoint: The record of one of its checkpoints.
    """
    record, described = read_json(Model, Path(model)), read_json(Checkpoint, Path(checkpoint))
    count = max(1, len(record.members))
    members = [build_network(described.network, described.normalisation, seed=0) for _ in range(count)]
    return PackagedNetwork(members, record)


def _tempered(probabilities: Tensor, temperature: float) -> Tensor:
    """Divides the logits by a temperature, as `stages.components.prediction.calibration.temper` does."""
    logs = probabilities.clamp(min=_LEAST).log() / temperature
    return (logs - logs.logsumexp(dim=1, keepdim=True)).exp()
