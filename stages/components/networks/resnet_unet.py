"""A U-Net whose encoder is the ResNet that classifies, so that one's weights are the other's.

MONAI's FlexibleUNet builds its ResNets anew, in one width, with one stem and other shortcuts; here
MONAI's decoder blocks follow the maps of whatever ResNet there is.
"""

from __future__ import annotations

from monai.networks.nets.basic_unet import UpCat
from monai.networks.nets.resnet import ResNet
from torch import Tensor, nn

from stages.components.networks.architecture import Architecture, require_multiple
from stages.components.networks.resnet import RESNETS, build_resnet
from stages.contracts.network import NetworkSpec

# Channels of the decoder's maps, by their stride.
_CHANNELS = {16: 256, 8: 128, 4: 64, 2: 32, 1: 16}


class ResNetUNet(nn.Module):
    """Encoder, decoder and head; the encoder's layers have the names that they have in the classifier."""

    def __init__(self, encoder: ResNet, spec: NetworkSpec) -> None:
        super().__init__()
        self.conv1, self.bn1, self.act = encoder.conv1, encoder.bn1, encoder.act
        self.maxpool = encoder.maxpool if spec.params.stem_pool else None
        self.layer1, self.layer2 = encoder.layer1, encoder.layer2
        self.layer3, self.layer4 = encoder.layer3, encoder.layer4
        (below, _), *skips = reversed(_levels(encoder, spec))
        if spec.params.stem_stride == 2:
            skips.append((0, 1))
        self.decoder = nn.ModuleList()
        for skip, stride in skips:
            width = max(2, int(spec.params.width * _CHANNELS[stride]))
            self.decoder.append(_block(spec.dims, below, skip, width))
            below = width
        convolution = nn.Conv3d if spec.dims == 3 else nn.Conv2d
        self.final_conv = convolution(below, spec.outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        """Gives maps of the images' own size."""
        maps, *skips = reversed(self.encode(images))
        for block, skip in zip(self.decoder, [*skips, None], strict=False):
            maps = block(maps, skip)
        logits: Tensor = self.final_conv(maps)
        return logits

    def encode(self, images: Tensor) -> list[Tensor]:
        """Gives one map for each resolution, from fine to coarse; the classifier averages the last."""
        maps = [self.act(self.bn1(self.conv1(images)))]
        first = self.layer1(maps.pop() if self.maxpool is None else self.maxpool(maps[0]))
        maps.append(first)
        for layer in (self.layer2, self.layer3, self.layer4):
            maps.append(layer(maps[-1]))
        return maps


def _levels(encoder: ResNet, spec: NetworkSpec) -> list[tuple[int, int]]:
    """Gives channels and stride of each map that `encode` gives."""
    params = spec.params
    planes = [int(params.width * channels) for channels in (64, 128, 256, 512)]
    expansion = encoder.fc.in_features // planes[-1]
    stride = params.stem_stride * (2 if params.stem_pool else 1)
    levels = [(plane * expansion, stride << number) for number, plane in enumerate(planes)]
    stem = [(planes[0], params.stem_stride)] if params.stem_pool else []
    return stem + levels


def _block(dims: int, below: int, skip: int, width: int) -> UpCat:
    """Makes a block that doubles each side, with a normalisation that keeps no statistics."""
    return UpCat(
        spatial_dims=dims,
        in_chns=below,
        cat_chns=skip,
        out_chns=width,
        act=("leakyrelu", {"negative_slope": 0.1, "inplace": True}),
        norm=("instance", {"affine": True}),
        bias=False,
        upsample="nontrainable",
        interp_mode="nearest",
        align_corners=None,
    )


def _build(spec: NetworkSpec) -> ResNetUNet:
    params = spec.params
    require_multiple(spec, 8 * params.stem_stride * (2 if params.stem_pool else 1))
    encoder = spec.model_copy(update={"params": params.classifier()})
    return ResNetUNet(build_resnet(encoder), spec)


def _encode(net: ResNetUNet, images: Tensor) -> Tensor:
    return net.encode(images)[-1]


_ARCHITECTURE = Architecture(_build, head="final_conv", decoder=("decoder",), encode=_encode)
RESNET_UNETS = {f"{name}-unet": _ARCHITECTURE for name in RESNETS}
