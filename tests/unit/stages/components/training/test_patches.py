from __future__ import annotations

import numpy as np
import pytest
import torch

from stages.components.training.patches import PatchSampler
from stages.contracts.patch import Patch

GRIDS = [((40, 30), (16, 8)), ((20, 24, 28), (8, 16, 8))]


def numbered(grid: tuple[int, ...], cases: int = 3) -> torch.Tensor:
    """Gives images in which every pixel has a number of its own."""
    return torch.arange(cases * int(np.prod(grid))).reshape(cases, 1, *grid)


def masks(grid: tuple[int, ...], cases: int = 3) -> np.ndarray:
    """Gives masks with a pixel of class 1 in a corner and many of class 2 in another; the last is empty."""
    drawn = np.zeros((cases, *grid), np.uint8)
    corner: tuple[slice | int, ...] = (slice(0, cases - 1), *([-1] * len(grid)))
    drawn[corner] = 1
    drawn[(slice(0, cases - 1), *([slice(0, 4)] * len(grid)))] = 2
    return drawn


def sampler(drawn: np.ndarray, size: tuple[int, ...], seed: int = 0, foreground: float = 0.5) -> PatchSampler:
    patch = Patch.model_validate({"size": size, "foreground": foreground})
    return PatchSampler(drawn, patch, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("grid", "size"), GRIDS)
def test_image_and_mask_are_cut_alike_and_from_their_own_case(
    grid: tuple[int, ...], size: tuple[int, ...]
) -> None:
    images = numbered(grid)
    rows = torch.tensor([2, 0, 1])
    one, other = sampler(masks(grid), size).cut(images[rows], images[rows][:, 0], rows)
    assert one.shape == (3, 1, *size)
    assert torch.equal(one[:, 0], other)
    assert (one.flatten(1) // int(np.prod(grid)) == rows[:, None]).all()
    steps = one[0, 0].flatten().diff()[: size[-1] - 1]
    assert (steps == 1).all()


@pytest.mark.parametrize(("grid", "size"), GRIDS)
def test_each_class_is_looked_for_as_often_however_small(
    grid: tuple[int, ...], size: tuple[int, ...]
) -> None:
    drawn = masks(grid)
    chosen, rows = sampler(drawn, size, foreground=1), torch.zeros(200, dtype=torch.long)
    whole = torch.from_numpy(drawn)[rows]
    _, cut = chosen.cut(whole[:, None], whole, rows)
    rare = (cut == 1).flatten(1).any(dim=1).float().mean()
    common = (cut == 2).flatten(1).any(dim=1).float().mean()
    assert 0.35 < rare < 0.65
    assert 0.35 < common < 0.65
    assert rare + common == 1


def test_the_rest_lies_anywhere_and_so_does_a_case_without_any_class() -> None:
    grid, size = (12, 10), (8, 8)
    for foreground, row in ((0.0, 0), (1.0, 2)):
        rows = torch.full((400,), row)
        images = numbered(grid)[rows]
        cut, _ = sampler(masks(grid), size, foreground=foreground).cut(images, images[:, 0], rows)
        corners = set((cut[:, 0, 0, 0] - row * 120).tolist())
        assert len(corners) == (12 - 8 + 1) * (10 - 8 + 1)


def test_a_seed_decides_every_patch() -> None:
    grid, rows = (40, 30), torch.arange(3)
    images = numbered(grid)
    one, same, other = (
        sampler(masks(grid), (16, 8), seed).cut(images, images[:, 0], rows)[0] for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_patch_as_large_as_the_case_is_the_case() -> None:
    images = numbered((12, 10))
    cut, _ = sampler(masks((12, 10)), (12, 10)).cut(images, images[:, 0], torch.arange(3))
    assert torch.equal(cut, images)
