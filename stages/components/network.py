"""Networks of MONAI's, cut at one declared border into a shared backbone and a specific head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from stages.components.networks.architecture import Architecture
from stages.components.networks.densenet import DENSENETS
from stages.components.networks.efficientnet import EFFICIENTNETS
from stages.components.networks.resnet import RESNETS
from stages.contracts.network import NetworkSpec, Normalisation


class InputNormalisation(nn.Module):
    """(pixel - mean) / deviation per channel; its two buffers travel with the weights.

    Statistics live here and not in the prepared cases, so that new data never invalidates old cases.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, normalisation: Normalisation, dims: int) -> None:
        super().__init__()
        shape = (1, -1, *[1] * dims)
        self.register_buffer("mean", torch.tensor(normalisation.mean, dtype=torch.float32).view(shape))
        deviation = torch.tensor(normalisation.deviation, dtype=torch.float32).view(shape)
        self.register_buffer("deviation", deviation)

    def forward(self, images: Tensor) -> Tensor:
        """Normalises images of shape (cases, channels, *size) and range 0-255."""
        return (images - self.mean) / self.deviation


class GraftNetwork(nn.Module):
    """Input normalisation, shared layers, specific layers.

    Attributes:
        dims: 2 for images, 3 for volumes.
        backbone: MONAI's network without its classifier: images to features (cases, width).
        head: The classifier: features to logits (cases, classes).
    """

    def __init__(self, normalisation: Normalisation, backbone: nn.Module, head: nn.Linear, dims: int) -> None:
        super().__init__()
        self.dims = dims
        self.normalise = InputNormalisation(normalisation, dims)
        self.backbone = backbone
        self.head = head

    def features(self, images: Tensor) -> Tensor:
        """Gives the backbone's output in float32, shape (cases, width)."""
        features: Tensor = self.backbone(self.normalise(images))
        return features.float()

    def forward(self, images: Tensor) -> Tensor:
        """Gives logits in float32: the head computes in full precision, so that scores do not tie."""
        features = self.features(images)
        with torch.autocast(features.device.type, enabled=False):
            logits: Tensor = self.head(features)
        return logits


_ARCHITECTURES: dict[str, Architecture] = RESNETS | DENSENETS | EFFICIENTNETS


def build_network(spec: NetworkSpec, normalisation: Normalisation, seed: int) -> GraftNetwork:
    """Builds a network with weights drawn from a seed.

    Args:
        spec: The network, its input and its classes.
        normalisation: One mean and deviation per input channel.
        seed: Decides every weight.

    Raises:
        ParamsError: If the network cannot take images of this size.
    """
    architecture = _ARCHITECTURES[spec.params.name]
    generator_state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        net = architecture.build(spec)
        head = _cut(net, architecture.head)
        nn.init.trunc_normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    finally:
        torch.set_rng_state(generator_state)
    return GraftNetwork(normalisation, net, head, spec.dims)


def _cut(net: nn.Module, path: str) -> nn.Linear:
    """Takes the classifier out and leaves the identity in its place."""
    parent, _, name = path.rpartition(".")
    owner = net.get_submodule(parent)
    head = getattr(owner, name)
    if not isinstance(head, nn.Linear):
        raise TypeError(f"{path} of {type(net).__name__} is not a linear classifier")
    setattr(owner, name, nn.Identity())
    return head
