"""What a family of networks declares, once for all of its members."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkSpec


@dataclass(frozen=True)
class Architecture:
    """A family's builder, and the border between what a transfer shares and what it replaces.

    Attributes:
        build: Makes the network, its last layer included.
        head: Path of that last layer; all before it is the backbone.
    """

    build: Callable[[NetworkSpec], nn.Module]
    head: str


def unfit(spec: NetworkSpec, why: str, remedy: str) -> ParamsError:
    """Makes the error for images that a network cannot take."""
    return ParamsError(
        f"{spec.params.name} cannot take images of this size",
        where=f"image size {'x'.join(map(str, spec.image_size))}",
        why=why,
        remedy=remedy,
    )
