"""Random changes of whole batches on tensors: per-sample transforms cost more than the network does."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from stages.components.compute.processes import Part
from stages.components.training.movement import movements
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


def augment(
    images: Tensor, params: Augmentation, generator: torch.Generator, part: Part | None = None
) -> Tensor:
    """Changes each image of a batch in its own random way.

    Args:
        images: Float32, shape (cases, channels, *size) with two or three sides, range 0-255.
        params: How strong each change may be; a strength of 0 turns it off.
        generator: Decides every draw; drawn on the CPU, so that a device changes nothing.
        part: Of a larger batch, for which the generator draws: what it gives a case, it gives it anywhere.

    Returns:
        A tensor of the same shape and range.
    """
    draws = _draw(images, generator, part)
    grid = _grid(images, params, draws)
    return _shaded(images if grid is None else _moved(images, grid, "bilinear"), params, draws)


def augment_both(
    images: Tensor,
    masks: Tensor,
    params: Augmentation,
    generator: torch.Generator,
    part: Part | None = None,
) -> tuple[Tensor, Tensor]:
    """Changes images, and moves their masks with them.

    Args:
        images: As for `augment`.
        masks: A class per pixel, shape (cases, *size).
        params: As for `augment`.
        generator: As for `augment`.
        part: As for `augment`.

    Returns:
        Images and masks of the same shapes; where a mask moves, a pixel takes the nearest one's class.
    """
    draws = _draw(images, generator, part)
    grid = _grid(images, params, draws)
    if grid is not None:
        images = _moved(images, grid, "bilinear")
        masks = _moved(masks[:, None].float(), grid, "nearest")[:, 0].to(masks.dtype)
    return _shaded(images, params, draws), masks


def _draw(images: Tensor, generator: torch.Generator, part: Part | None) -> Tensor:
    columns, taken = 8 if images.dim() == 4 else 11, part or Part(0, len(images), len(images))
    return torch.rand(taken.whole, columns, generator=generator)[taken.rows].to(images.device)


def _grid(images: Tensor, params: Augmentation, draws: Tensor) -> Tensor | None:
    if not (params.rotate or params.scale or params.shift or params.flip or params.flip_vertical):
        return None
    moves = movements(draws, params, tuple(images.shape[2:]))
    return functional.affine_grid(moves, list(images.shape), align_corners=False)


def _moved(values: Tensor, grid: Tensor, mode: str) -> Tensor:
    # What moves in from outside repeats the border: black corners would be a domain of their own.
    return functional.grid_sample(values, grid, mode=mode, padding_mode="border", align_corners=False)


def _shaded(images: Tensor, params: Augmentation, draws: Tensor) -> Tensor:
    if params.contrast or params.brightness:
        spread = (-1, *[1] * (images.dim() - 1))
        mean = images.mean(dim=tuple(range(1, images.dim())), keepdim=True)
        factor = 1 + params.contrast * (2 * draws[:, 6] - 1)
        offset = 255 * params.brightness * (2 * draws[:, 7] - 1)
        images = (images - mean) * factor.view(spread) + mean + offset.view(spread)
    return images.clamp(0, 255)
