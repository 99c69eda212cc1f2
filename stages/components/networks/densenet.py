"""MONAI's DenseNets (Huang et al. 2017), for images and volumes."""

from __future__ import annotations

from monai.networks.nets.densenet import DenseNet

from stages.components.networks.architecture import Architecture, unfit
from stages.contracts.network import NetworkSpec

_BLOCKS = {"densenet121": (6, 12, 24, 16), "densenet169": (6, 12, 32, 32)}
# Five halvings without padding: 31 pixels leave none.
SIDE = 32


def _build(spec: NetworkSpec) -> DenseNet:
    if min(spec.image_size) < SIDE:
        raise unfit(
            spec,
            why=f"its poolings leave nothing of a side below {SIDE} pixels",
            remedy=f"set prepare.<domain>.size to at least {SIDE}, or choose a ResNet",
        )
    return DenseNet(
        spatial_dims=spec.dims,
        in_channels=spec.in_channels,
        out_channels=spec.outputs,
        block_config=_BLOCKS[spec.params.name],
    )


DENSENETS = dict.fromkeys(_BLOCKS, Architecture(_build, head="class_layers.out"))
