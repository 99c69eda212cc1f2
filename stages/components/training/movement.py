"""Random rotations, scalings, shifts and reflections of images and volumes, as matrices."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from stages.contracts.recipe import Augmentation


def movements(draws: Tensor, params: Augmentation, size: tuple[int, ...]) -> Tensor:
    """Builds one matrix per image, as `torch.nn.functional.affine_grid` takes them.

    Args:
        draws: From 0 to 1, shape (cases, 8) for images and (cases, 11) for volumes.
        params: How far a draw may go.
        size: Sides of the image [height, width], or of the volume [x, y, z].

    Returns:
        Shape (cases, 2, 3) or (cases, 3, 4).
    """
    return _plane(draws, params, size) if len(size) == 2 else _space(draws, params, size)


def _plane(draws: Tensor, params: Augmentation, size: tuple[int, ...]) -> Tensor:
    """The aspect keeps a rotation rigid on a non-square image."""
    angle = math.radians(params.rotate) * _signed(draws[:, 0])
    scale = 1 + params.scale * _signed(draws[:, 1])
    shift = 2 * params.shift * _signed(draws[:, 2:4])
    mirror, upend = _reflection(draws[:, 4], params.flip), _reflection(draws[:, 5], params.flip_vertical)
    aspect = size[0] / size[1]
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    rows = [
        cosine * mirror,
        -sine * aspect * upend,
        shift[:, 0],
        sine / aspect * mirror,
        cosine * upend,
        shift[:, 1],
    ]
    return torch.stack(rows, dim=1).view(-1, 2, 3)


def _space(draws: Tensor, params: Augmentation, size: tuple[int, ...]) -> Tensor:
    """Rotates about each axis in turn; left and right lie along the volume's x, top and bottom along z."""
    angles = math.radians(params.rotate) * _signed(draws[:, [0, 8, 9]])
    turned = _about(angles[:, 0], 0, 1) @ _about(angles[:, 1], 0, 2) @ _about(angles[:, 2], 1, 2)
    scale = 1 + params.scale * _signed(draws[:, 1])
    ones = torch.ones_like(scale)
    mirror, upend = _reflection(draws[:, 4], params.flip), _reflection(draws[:, 5], params.flip_vertical)
    # The grid counts its axes from the last: z, y, x.
    matrix = turned / scale.view(-1, 1, 1) @ torch.diag_embed(torch.stack([upend, ones, mirror], dim=1))
    sides = torch.tensor(size[::-1], dtype=draws.dtype, device=draws.device)
    rigid = matrix * sides[None, None, :] / sides[None, :, None]
    shift = 2 * params.shift * _signed(draws[:, [2, 3, 10]])
    return torch.cat([rigid, shift[:, :, None]], dim=2)


def _about(angle: Tensor, one: int, other: int) -> Tensor:
    """Gives rotations in the plane of two axes, shape (cases, 3, 3)."""
    turned = torch.eye(3, dtype=angle.dtype, device=angle.device).repeat(len(angle), 1, 1)
    turned[:, one, one] = turned[:, other, other] = torch.cos(angle)
    turned[:, one, other], turned[:, other, one] = -torch.sin(angle), torch.sin(angle)
    return turned


def _reflection(draw: Tensor, wanted: bool) -> Tensor:
    return 1 - 2 * ((draw < 0.5) & wanted).to(draw.dtype)


def _signed(draw: Tensor) -> Tensor:
    return 2 * draw - 1
