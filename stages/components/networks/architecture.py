"""What a family of networks declares, once for all of its members."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkSpec


@dataclass(frozen=True)
class Architecture:
    """A family's builder, and the border between what a transfer shares and what it replaces.

    Attributes:
        build: Makes the network, its last layer included.
        head: Path of that last layer; all before it is the backbone.
        decoder: The layers of the backbone after its encoder; empty for a classifier, which has none.
        encode: Gives the encoder's last map, shape (cases, width, *fewer), of a network and images;
            none for a classifier, whose backbone gives features.
    """

    build: Callable[[NetworkSpec], nn.Module]
    head: str
    decoder: tuple[str, ...] = ()
    encode: Callable[[Any, Tensor], Tensor] | None = None


def require_multiple(spec: NetworkSpec, stride: int) -> None:
    """Makes sure that the maps of a decoder fit those of its encoder.

    Raises:
        ParamsError: If a side is no multiple of the encoder's stride.
    """
    fitting = [-(-side // stride) * stride for side in spec.image_size]
    if tuple(fitting) != spec.image_size:
        raise unfit(
            spec,
            why=f"its encoder divides each side by {stride}, and its decoder multiplies it again",
            remedy=f"set prepare.<domain>.size to multiples of {stride}, such as {fitting}",
        )


def unfit(spec: NetworkSpec, why: str, remedy: str) -> ParamsError:
    """Makes the error for images that a network cannot take."""
    return ParamsError(
        f"{spec.params.name} cannot take images of this size",
        where=f"image size {'x'.join(map(str, spec.image_size))}",
        why=why,
        remedy=remedy,
    )
