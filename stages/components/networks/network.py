"""Networks of MONAI's, cut at one declared border into a shared backbone and a specific head."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from stages.components.networks.activation import ACTIVATIONS
from stages.components.networks.architecture import Architecture
from stages.components.networks.covariates import CovariateBranch
from stages.components.networks.densenet import DENSENETS
from stages.components.networks.efficientnet import EFFICIENTNETS
from stages.components.networks.mlp import MLPS
from stages.components.networks.record_input import RecordInput
from stages.components.networks.resnet import RESNETS
from stages.components.networks.resnet_unet import RESNET_UNETS
from stages.components.networks.segresnet import SEGRESNETS
from stages.components.networks.unet import UNETS
from stages.contracts.network import NetworkSpec, Scales

Head = nn.Linear | nn.Conv2d | nn.Conv3d


class InputNormalisation(nn.Module):
    """(pixel - mean) / deviation per channel; its two buffers travel with the weights.

    Statistics live here and not in the prepared cases, so that new data never invalidates old cases.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, normalisation: Scales, dims: int) -> None:
        super().__init__()
        shape = (1, -1, *[1] * dims)
        self.register_buffer("mean", torch.tensor(normalisation.mean, dtype=torch.float32).view(shape))
        deviation = torch.tensor(normalisation.deviation, dtype=torch.float32).view(shape)
        self.register_buffer("deviation", deviation)

    def forward(self, images: Tensor) -> Tensor:
        """Normalises images of shape (cases, channels, *size) and range 0-255."""
        return (images - self.mean) / self.deviation


class OutputScale(nn.Module):
    """output * deviation + mean: a number in its own units; the buffers travel with the weights."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("deviation", torch.ones(1))

    def forward(self, outputs: Tensor) -> Tensor:
        """Scales outputs of shape (cases, 1)."""
        return outputs * self.deviation + self.mean


class GraftNetwork(nn.Module):
    """Input normalisation, shared layers, specific layers.

    Attributes:
        dims: 2 for images, 3 for volumes, 0 for records.
        normalise: The input layer.
        backbone: MONAI's network without its last layer: images to features (cases, width) of a
            classifier, to maps (cases, channels, *size) of a segmenter.
        decoder: Starts of the names of the backbone's tensors after its encoder; empty for a classifier.
        covariates: What becomes of the covariates beside the image's features; None where there are none.
        patch: What it sees of a case at a time; None for the whole case.
        head: The last layer: features to outputs (cases, outputs), maps to outputs (cases, outputs, *size).
        fresh: Names of the backbone's blocks that no source gave: they learn as the head does.
        scale: Of a regression's output; None for other tasks.
        activate: Makes of outputs what is said of the cases, as the task has it.
    """

    def __init__(
        self, normalisation: Scales, net: nn.Module, architecture: Architecture, spec: NetworkSpec
    ) -> None:
        super().__init__()
        self.dims = spec.dims
        self.patch = spec.patch
        self.decoder = tuple(f"backbone.{layer}." for layer in architecture.decoder)
        self._encode = architecture.encode
        self.normalise = (
            RecordInput(spec.features, normalisation)
            if spec.features
            else InputNormalisation(normalisation, spec.dims)
        )
        head = _cut(net, architecture.head)
        self.backbone = net
        self.covariates = CovariateBranch(spec.covariates) if spec.covariates else None
        if self.covariates is not None:
            head = nn.Linear(head.weight.shape[1] + self.covariates.width, spec.outputs)
        self.head = head
        self.fresh: frozenset[str] = frozenset()
        self.scale = OutputScale() if spec.task == "regression" else None
        self.activate = ACTIVATIONS[spec.task]

    def settle_scale(self, mean: float, deviation: float) -> None:
        """Sets the scale of a regression's output."""
        if self.scale is not None:
            self.scale.mean.fill_(mean)
            self.scale.deviation.fill_(deviation)

    @property
    def outputs(self) -> int:
        """How many numbers it gives, of a case or of each pixel."""
        return len(self.head.weight)

    def features(self, images: Tensor, covariates: Tensor | None = None) -> Tensor:
        """Gives what frozen layers make of each case, in float32, shape (cases, width).

        Of a classifier it is what the head takes in, of a segmenter its deepest map, averaged over the sides.
        """
        if self._encode is None:
            return self.joined(self.represent(images), covariates)
        return pooled(self._encode(self.backbone, self.normalise(images)).float())

    def forward(self, images: Tensor, covariates: Tensor | None = None) -> Tensor:
        """Gives outputs in float32, of each case or of each pixel.

        Args:
            images: Shape (cases, channels, *size), or (cases, features) of records.
            covariates: Shape (cases, covariates), NaN where missing; None for a network without any.
        """
        return self.answer(self.joined(self.represent(images), covariates))

    def represent(self, images: Tensor) -> Tensor:
        """Gives what the backbone makes of images, in float32: (cases, width), or maps of a segmenter."""
        represented: Tensor = self.backbone(self.normalise(images))
        return represented.float()

    def joined(self, represented: Tensor, covariates: Tensor | None) -> Tensor:
        """Puts what is made of the covariates beside the features of the images.

        Raises:
            ValueError: If the network takes covariates and there are none, or the other way round.
        """
        if (self.covariates is None) != (covariates is None):
            takes = "no covariates" if self.covariates is None else "covariates beside the images"
            raise ValueError(f"the network takes {takes}")
        if self.covariates is None:
            return represented
        with torch.autocast(represented.device.type, enabled=False):
            return torch.cat([represented, self.covariates(covariates)], dim=1)

    def specific_parameters(self) -> Iterator[nn.Parameter]:
        """Gives the weights that no source has: of the head, and of the covariates' layers."""
        yield from self.head.parameters()
        if self.covariates is not None:
            yield from self.covariates.parameters()

    def answer(self, represented: Tensor) -> Tensor:
        """Gives outputs in float32: the head computes in full precision, so that scores do not tie."""
        with torch.autocast(represented.device.type, enabled=False):
            return self.scaled(self.head(represented))

    def scaled(self, outputs: Tensor) -> Tensor:
        """Gives the head's outputs in the units of the task."""
        scaled: Tensor = outputs if self.scale is None else self.scale(outputs)
        return scaled

    def draw_head(self, generator: torch.Generator | None = None) -> None:
        """Gives the head, and the covariates' layers, new weights, from a generator or the global one."""
        nn.init.trunc_normal_(self.head.weight, std=0.02, generator=generator)
        if self.head.bias is not None:
            nn.init.zeros_(self.head.bias)
        if self.covariates is not None:
            self.covariates.draw(generator)

    def set_head(self, weight: Tensor, bias: Tensor) -> None:
        """Gives the head weights that were fitted elsewhere, of shapes (classes, width) and (classes,)."""
        self.head.load_state_dict({"weight": weight.reshape(self.head.weight.shape), "bias": bias})


def pooled(represented: Tensor) -> Tensor:
    """Gives one row of features per case, of maps their means over the sides."""
    return represented.flatten(2).mean(dim=2) if represented.dim() > 2 else represented


ARCHITECTURES: dict[str, Architecture] = (
    RESNETS | DENSENETS | EFFICIENTNETS | UNETS | SEGRESNETS | RESNET_UNETS | MLPS
)


def build_network(spec: NetworkSpec, normalisation: Scales, seed: int) -> GraftNetwork:
    """Builds a network with weights drawn from a seed.

    Args:
        spec: The network, its input and its classes.
        normalisation: One mean and deviation per input channel, or per unit of records.
        seed: Decides every weight.

    Raises:
        ParamsError: If the network cannot take images of this size, or be of this width.
    """
    architecture = ARCHITECTURES[spec.params.name]
    generator_state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        network = GraftNetwork(normalisation, architecture.build(spec), architecture, spec)
        network.draw_head()
    finally:
        torch.set_rng_state(generator_state)
    return network


def _cut(net: nn.Module, path: str) -> Head:
    """Takes the last layer out and leaves the identity in its place."""
    parent, _, name = path.rpartition(".")
    owner = net.get_submodule(parent)
    head = getattr(owner, name)
    if not isinstance(head, Head):
        raise TypeError(f"{path} of {type(net).__name__} is not a linear layer or a convolution")
    setattr(owner, name, nn.Identity())
    return head
