"""MONAI's ResNets (He et al. 2016), for images and volumes."""

from __future__ import annotations

from monai.networks.nets.resnet import ResNet

from stages.components.networks.architecture import Architecture
from stages.contracts.network import NetworkSpec

_LAYERS: dict[str, tuple[str, list[int]]] = {
    "resnet10": ("basic", [1, 1, 1, 1]),
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet34": ("basic", [3, 4, 6, 3]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
}


def build_resnet(spec: NetworkSpec) -> ResNet:
    """Makes the classifier of a family member."""
    params = spec.params
    block, layers = _LAYERS[params.name]
    return ResNet(
        block=block,
        layers=layers,
        block_inplanes=[64, 128, 256, 512],
        spatial_dims=spec.dims,
        n_input_channels=spec.in_channels,
        conv1_t_size=params.stem_kernel,
        conv1_t_stride=params.stem_stride,
        no_max_pool=not params.stem_pool,
        widen_factor=params.width,
        num_classes=spec.outputs,
        shortcut_type=params.shortcut,
        bias_downsample=False,
    )


RESNETS = dict.fromkeys(_LAYERS, Architecture(build_resnet, head="fc"))
