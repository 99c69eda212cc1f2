"""MONAI's BasicUNet (Ronneberger et al. 2015; Falk et al. 2019), for images and volumes."""

from __future__ import annotations

import math

from monai.networks.nets.basic_unet import BasicUNet
from torch import Tensor

from stages.components.networks.architecture import Architecture, unfit
from stages.contracts.network import NetworkSpec

# Four halvings; instance normalisation needs two values or more where they end.
STRIDE = 16


def _build(spec: NetworkSpec) -> BasicUNet:
    if math.prod(side // STRIDE for side in spec.image_size) < 2:
        raise unfit(
            spec,
            why=f"it halves each side four times, and needs two pixels or more at a {STRIDE}th of it",
            remedy=f"set prepare.<domain>.size to at least {2 * STRIDE}",
        )
    return BasicUNet(
        spatial_dims=spec.dims,
        in_channels=spec.in_channels,
        out_channels=spec.outputs,
        features=[max(1, int(spec.params.width * channels)) for channels in (32, 32, 64, 128, 256, 32)],
    )


def _encode(net: BasicUNet, images: Tensor) -> Tensor:
    maps: Tensor = net.conv_0(images)
    for down in (net.down_1, net.down_2, net.down_3, net.down_4):
        maps = down(maps)
    return maps


_UPWARD = ("upcat_4", "upcat_3", "upcat_2", "upcat_1")
UNETS = {"unet": Architecture(_build, head="final_conv", decoder=_UPWARD, encode=_encode)}
