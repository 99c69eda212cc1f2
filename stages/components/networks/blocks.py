"""The blocks of a backbone, from the input to the head: what is frozen, unfrozen and paced as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from torch import nn

_UPWARD = [f"upcat_{n}" for n in range(4, 0, -1)]
# Once per family: the name of each block and the paths of its modules.
BLOCKS: dict[str, dict[str, tuple[str, ...]]] = {
    "ResNet": {"stem": ("conv1", "bn1")} | {f"layer{n}": (f"layer{n}",) for n in range(1, 5)},
    "DenseNet": {
        "stem": ("features.conv0", "features.norm0"),
        **{f"denseblock{n}": (f"features.denseblock{n}", f"features.transition{n}") for n in range(1, 4)},
        "denseblock4": ("features.denseblock4", "features.norm5"),
    },
    "EfficientNet": {
        "stem": ("_conv_stem", "_bn0"),
        **{f"group{n}": (f"_blocks.{n}",) for n in range(7)},
        "conv_head": ("_conv_head", "_bn1"),
    },
    "BasicUNet": {name: (name,) for name in ("conv_0", *(f"down_{n}" for n in range(1, 5)), *_UPWARD)},
    "SegResNet": {
        "stem": ("convInit",),
        **{f"down{n}": (f"down_layers.{n}",) for n in range(4)},
        "decoder": ("up_layers", "up_samples", "conv_final"),
    },
    "ResNetUNet": {
        "stem": ("conv1", "bn1"),
        **{f"layer{n}": (f"layer{n}",) for n in range(1, 5)},
        "decoder": ("decoder",),
    },
}


@dataclass(frozen=True)
class Block:
    """Modules of a backbone that lie next to each other."""

    name: str
    modules: tuple[nn.Module, ...]

    def parameters(self) -> Iterator[nn.Parameter]:
        """Gives the weights of all its modules."""
        return (weight for module in self.modules for weight in module.parameters())

    def learn(self, learns: bool) -> None:
        """Opens or freezes it; what is frozen is in evaluation mode, so that BatchNorm rests too."""
        for module in self.modules:
            module.requires_grad_(learns).train(learns)


def fresh_blocks(backbone: nn.Module, specific: Collection[str]) -> frozenset[str]:
    """Names the blocks whose weights are all specific to the target, such as a new decoder's.

    Args:
        backbone: Of a network.
        specific: Names of the network's tensors that no source gave.
    """
    names = {id(weight): f"backbone.{name}" for name, weight in backbone.named_parameters()}
    return frozenset(
        block.name
        for block in blocks_of(backbone)
        if all(names[id(weight)] in specific for weight in block.parameters())
    )


def blocks_of(backbone: nn.Module) -> list[Block]:
    """Gives the blocks, the one next to the input first; they hold every weight of the backbone once.

    A network whose family declares none is one block, `backbone`.
    """
    return [
        Block(name, tuple(backbone.get_submodule(path) for path in paths))
        for name, paths in _declared(backbone).items()
    ]


def _declared(backbone: nn.Module) -> dict[str, tuple[str, ...]]:
    family = type(backbone).__name__
    if family == "FullyConnectedNet":  # a block per layer, of which an `mlp` has as many as its params say
        return {name: (name,) for name, _ in backbone.named_children() if name.startswith("hidden_")}
    return BLOCKS.get(family, {"backbone": ("",)})
