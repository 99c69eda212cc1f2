"""Random changes of whole batches on tensors: per-sample transforms cost more than the network does."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from stages.contracts.errors import ParamsError
from stages.contracts.preparation import Preparation
from stages.contracts.recipe import Augmentation, Recipe


def augmentation_of(recipe: Recipe, preparation: Preparation) -> Augmentation | None:
    """Gives the random changes that a recipe asks for; None for records, which are never changed.

    Raises:
        ParamsError: If the recipe names changes, and the cases are records.
    """
    if not preparation.features:
        return recipe.augmentation
    if "augmentation" not in recipe.model_fields_set:
        return None
    raise ParamsError(
        "records take no `augmentation`",
        where="params.yaml: the recipe's `augmentation`",
        why="a turned or brightened row of a table means nothing",
        remedy="remove the key",
    )


def augment(images: Tensor, params: Augmentation, generator: torch.Generator) -> Tensor:
    """Changes each image of a batch in its own random way.

    Args:
        images: Float32, shape (cases, channels, height, width), range 0-255.
        params: How strong each change may be; a strength of 0 turns it off.
        generator: Decides every draw; drawn on the CPU, so that a device changes nothing.

    Returns:
        A tensor of the same shape and range.
    """
    count = len(images)
    draws = torch.rand(count, 8, generator=generator).to(images.device)
    # What moves in from outside repeats the border: black corners would be a domain of their own.
    if params.rotate or params.scale or params.shift or params.flip or params.flip_vertical:
        grid = functional.affine_grid(_affine(draws, params, images), list(images.shape), align_corners=False)
        images = functional.grid_sample(
            images, grid, mode="bilinear", padding_mode="border", align_corners=False
        )
    if params.contrast or params.brightness:
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        factor = 1 + params.contrast * _signed(draws[:, 6])
        offset = 255 * params.brightness * _signed(draws[:, 7])
        images = (images - mean) * factor.view(-1, 1, 1, 1) + mean + offset.view(-1, 1, 1, 1)
    return images.clamp(0, 255)


def _affine(draws: Tensor, params: Augmentation, images: Tensor) -> Tensor:
    """Builds one 2x3 matrix per image; the aspect keeps a rotation rigid on a non-square image."""
    angle = math.radians(params.rotate) * _signed(draws[:, 0])
    scale = 1 + params.scale * _signed(draws[:, 1])
    shift = 2 * params.shift * _signed(draws[:, 2:4])
    mirror = 1 - 2 * ((draws[:, 4] < 0.5) & params.flip).to(draws.dtype)
    upend = 1 - 2 * ((draws[:, 5] < 0.5) & params.flip_vertical).to(draws.dtype)
    aspect = images.shape[-2] / images.shape[-1]
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


def _signed(draw: Tensor) -> Tensor:
    return 2 * draw - 1
