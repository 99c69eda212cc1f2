"""MONAI's EfficientNet-B0 (Tan & Le 2019) and its Lite variant, for images and volumes."""

from __future__ import annotations

from monai.networks.nets.efficientnet import EfficientNet
from torch import nn

from stages.components.networks.architecture import Architecture, unfit
from stages.contracts.network import NetworkSpec

# EfficientNet-B0; the Lite variant leaves squeeze-excitation out.
_BLOCKS = [
    "r1_k3_s11_e1_i32_o16",
    "r2_k3_s22_e6_i16_o24",
    "r2_k5_s22_e6_i24_o40",
    "r3_k3_s22_e6_i40_o80",
    "r3_k5_s11_e6_i80_o112",
    "r4_k5_s22_e6_i112_o192",
    "r1_k3_s11_e6_i192_o320",
]


def _build(spec: NetworkSpec) -> EfficientNet:
    if _vanishes(spec.image_size):
        raise unfit(
            spec,
            why="it pads each side as the longest one needs it, and nothing is left of a much shorter one",
            remedy="set prepare.<domain>.size to sides that differ less, or choose a ResNet",
        )
    lite = spec.params.name == "efficientnet-lite0"
    net = EfficientNet(
        blocks_args_str=[block if lite else f"{block}_se0.25" for block in _BLOCKS],
        spatial_dims=spec.dims,
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


def _vanishes(sides: tuple[int, ...]) -> bool:
    """Tells whether a convolution finds too few pixels, though MONAI pads as the longest side needs it."""
    longest = max(sides)
    for kernel, stride in [(3, 2), *((int(block[4]), int(block[7])) for block in _BLOCKS)]:
        left = -(-longest // stride)
        padding = max((left - 1) * stride + kernel - longest, 0)
        sides = tuple((side + padding - kernel) // stride + 1 for side in sides)
        longest = left
    return min(sides) < 1


def efficientnet_block_names() -> list[str]:
    """Gives MONAI's name of each block of EfficientNet-B0: its group, then its number through all groups."""
    repeats = [int(block[1]) for block in _BLOCKS]
    groups = [group for group, count in enumerate(repeats) for _ in range(count)]
    return [f"{group}.{number}" for number, group in enumerate(groups)]


EFFICIENTNETS = dict.fromkeys(("efficientnet-b0", "efficientnet-lite0"), Architecture(_build, head="_fc"))
