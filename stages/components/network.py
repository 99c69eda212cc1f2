"""Networks of MONAI's, cut at one declared border into a shared backbone and a specific head."""

from __future__ import annotations

from collections.abc import Callable

import torch
from monai.networks.nets.densenet import DenseNet
from monai.networks.nets.efficientnet import EfficientNet
from monai.networks.nets.resnet import ResNet
from torch import Tensor, nn

from stages.components.networks.mlp import build_mlp
from stages.components.record_input import RecordInput
from stages.components.tasks.activation import ACTIVATIONS
from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkParams, NetworkSpec, Scales
from stages.contracts.task import Task


class InputNormalisation(nn.Module):
    """(pixel - mean) / deviation per channel; its two buffers travel with the weights.

    Statistics live here and not in the prepared cases, so that new data never invalidates old cases.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, normalisation: Scales) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(normalisation.mean, dtype=torch.float32).view(1, -1, 1, 1))
        deviation = torch.tensor(normalisation.deviation, dtype=torch.float32).view(1, -1, 1, 1)
        self.register_buffer("deviation", deviation)

    def forward(self, images: Tensor) -> Tensor:
        """Normalises images of shape (cases, channels, height, width) and range 0-255."""
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
        normalise: The input layer.
        backbone: MONAI's network without its classifier: images to features (cases, width).
        head: The last layer: features to outputs (cases, outputs).
        scale: Of a regression's output; None for other tasks.
        activate: Makes of outputs what is said of the cases, as the task has it.
    """

    def __init__(
        self,
        normalise: InputNormalisation | RecordInput,
        backbone: nn.Module,
        head: nn.Linear,
        task: Task = "classes",
    ) -> None:
        super().__init__()
        self.normalise = normalise
        self.backbone = backbone
        self.head = head
        self.scale = OutputScale() if task == "regression" else None
        self.activate = ACTIVATIONS[task]

    def settle_scale(self, mean: float, deviation: float) -> None:
        """Sets the scale of a regression's output."""
        if self.scale is not None:
            self.scale.mean.fill_(mean)
            self.scale.deviation.fill_(deviation)

    def features(self, images: Tensor) -> Tensor:
        """Gives the backbone's output in float32, shape (cases, width)."""
        features: Tensor = self.backbone(self.normalise(images))
        return features.float()

    def forward(self, images: Tensor) -> Tensor:
        """Gives outputs in float32: the head computes in full precision, so that scores do not tie."""
        features = self.features(images)
        with torch.autocast(features.device.type, enabled=False):
            return self.scaled(self.head(features))

    def scaled(self, outputs: Tensor) -> Tensor:
        """Gives the head's outputs in the units of the task."""
        scaled: Tensor = outputs if self.scale is None else self.scale(outputs)
        return scaled


def build_network(spec: NetworkSpec, normalisation: Scales, seed: int) -> GraftNetwork:
    """Builds a network with weights drawn from a seed.

    Args:
        spec: The network, its input and its classes.
        normalisation: One mean and deviation per input channel, or per unit of records.
        seed: Decides every weight.
    """
    generator_state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        net = _FAMILIES[spec.params.name.partition("-")[0].rstrip("0123456789")](spec)
        head = _cut(net, HEADS[type(net).__name__])
        nn.init.trunc_normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    finally:
        torch.set_rng_state(generator_state)
    records = bool(spec.features)
    layer = RecordInput(spec.features, normalisation) if records else InputNormalisation(normalisation)
    return GraftNetwork(layer, net, head, spec.task)


# The border between backbone and head, once per family: the path of the classifier.
HEADS = {"ResNet": "fc", "DenseNet": "class_layers.out", "EfficientNet": "_fc", "FullyConnectedNet": "output"}


def _cut(net: nn.Module, path: str) -> nn.Linear:
    """Takes the classifier out and leaves the identity in its place."""
    parent, _, name = path.rpartition(".")
    owner = net.get_submodule(parent)
    head = getattr(owner, name)
    if not isinstance(head, nn.Linear):
        raise TypeError(f"{path} of {type(net).__name__} is not a linear classifier")
    setattr(owner, name, nn.Identity())
    return head


_RESNETS: dict[str, tuple[str, list[int]]] = {
    "resnet10": ("basic", [1, 1, 1, 1]),
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet34": ("basic", [3, 4, 6, 3]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
}


def _resnet(spec: NetworkSpec) -> nn.Module:
    params: NetworkParams = spec.params
    block, layers = _RESNETS[params.name]
    net: nn.Module = ResNet(
        block=block,
        layers=layers,
        block_inplanes=[64, 128, 256, 512],
        spatial_dims=2,
        n_input_channels=spec.in_channels,
        conv1_t_size=params.stem_kernel,
        conv1_t_stride=params.stem_stride,
        no_max_pool=not params.stem_pool,
        widen_factor=params.width,
        num_classes=spec.outputs,
        bias_downsample=False,
    )
    return net


# Five halvings without padding: 31 pixels leave none.
DENSENET_SIDE = 32


def _densenet(spec: NetworkSpec) -> nn.Module:
    blocks = {"densenet121": (6, 12, 24, 16), "densenet169": (6, 12, 32, 32)}[spec.params.name]
    if min(spec.image_size) < DENSENET_SIDE:
        raise ParamsError(
            f"{spec.params.name} cannot take images of this size",
            where=f"image size {'x'.join(map(str, spec.image_size))}",
            why=f"its poolings leave nothing of a side below {DENSENET_SIDE} pixels",
            remedy=f"set prepare.<domain>.size to at least {DENSENET_SIDE}, or choose a ResNet",
        )
    net: nn.Module = DenseNet(
        spatial_dims=2, in_channels=spec.in_channels, out_channels=spec.outputs, block_config=blocks
    )
    return net


# Tan & Le 2019, EfficientNet-B0; the Lite variant leaves squeeze-excitation out.
_EFFICIENTNET_BLOCKS = [
    "r1_k3_s11_e1_i32_o16",
    "r2_k3_s22_e6_i16_o24",
    "r2_k5_s22_e6_i24_o40",
    "r3_k3_s22_e6_i40_o80",
    "r3_k5_s11_e6_i80_o112",
    "r4_k5_s22_e6_i112_o192",
    "r1_k3_s11_e6_i192_o320",
]


def _efficientnet(spec: NetworkSpec) -> nn.Module:
    lite = spec.params.name == "efficientnet-lite0"
    net: nn.Module = EfficientNet(
        blocks_args_str=[block if lite else f"{block}_se0.25" for block in _EFFICIENTNET_BLOCKS],
        spatial_dims=2,
        in_channels=spec.in_channels,
        num_classes=spec.outputs,
        width_coefficient=1.0,
        depth_coefficient=1.0,
        dropout_rate=0.2,
        image_size=max(spec.image_size),
        norm=("batch", {"eps": 1e-3, "momentum": 0.01}),
        drop_connect_rate=0.2,
    )
    if lite:
        for module in list(net.modules()):
            if hasattr(module, "_swish"):
                module._swish = nn.ReLU6(inplace=True)
    return net


def efficientnet_block_names() -> list[str]:
    """Gives MONAI's name of each block of EfficientNet-B0: its group, then its number through all groups."""
    repeats = [int(block[1]) for block in _EFFICIENTNET_BLOCKS]
    groups = [group for group, count in enumerate(repeats) for _ in range(count)]
    return [f"{group}.{number}" for number, group in enumerate(groups)]


_FAMILIES: dict[str, Callable[[NetworkSpec], nn.Module]] = {
    "resnet": _resnet,
    "densenet": _densenet,
    "efficientnet": _efficientnet,
    "mlp": build_mlp,
}
