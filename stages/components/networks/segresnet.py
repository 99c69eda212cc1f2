"""MONAI's SegResNet (Myronenko 2018, without its autoencoder), for images and volumes."""

from __future__ import annotations

from monai.networks.nets.segresnet import SegResNet
from torch import Tensor

from stages.components.networks.architecture import Architecture, require_multiple
from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkSpec

STRIDE = 8
GROUPS = 8


def _build(spec: NetworkSpec) -> SegResNet:
    require_multiple(spec, STRIDE)
    filters = int(32 * spec.params.width)
    if filters % GROUPS or not filters:
        raise ParamsError(
            "segresnet cannot have this width",
            where=f"network.width {spec.params.width:g}",
            why=f"it makes {filters} channels, which do not fall into {GROUPS} groups for normalisation",
            remedy="choose a multiple of 0.25",
        )
    return SegResNet(
        spatial_dims=spec.dims,
        init_filters=filters,
        in_channels=spec.in_channels,
        out_channels=spec.outputs,
        norm=("group", {"num_groups": GROUPS}),
    )


def _encode(net: SegResNet, images: Tensor) -> Tensor:
    deepest: Tensor = net.encode(images)[0]
    return deepest


_UPWARD = ("up_layers", "up_samples", "conv_final")
SEGRESNETS = {"segresnet": Architecture(_build, head="conv_final.2.conv", decoder=_UPWARD, encode=_encode)}
