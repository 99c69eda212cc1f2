from __future__ import annotations

import pytest
import torch

from stages.components.training.augmentation import augment, augment_both
from stages.components.training.seed import generator
from stages.contracts.recipe import Augmentation

OFF = {"rotate": 0, "scale": 0, "shift": 0, "contrast": 0, "brightness": 0}
ALL = Augmentation(
    flip=True, flip_vertical=True, rotate=30, scale=0.2, shift=0.1, contrast=0.3, brightness=0.2
)

MOVED = Augmentation(flip=True, flip_vertical=True, rotate=30, scale=0.2, shift=0.1, contrast=0, brightness=0)


def images(count: int = 16, height: int = 24, width: int = 24, channels: int = 1) -> torch.Tensor:
    return torch.randint(0, 256, (count, channels, height, width), generator=generator(0, "images")).float()


def only(**params: object) -> Augmentation:
    return Augmentation.model_validate(OFF | params)


def changed(batch: torch.Tensor, params: Augmentation, seed: int = 0) -> torch.Tensor:
    return augment(batch, params, generator(seed, "augmentation"))


def test_strengths_of_zero_change_nothing() -> None:
    assert torch.equal(changed(images(), only()), images())


def test_a_seed_decides_every_draw() -> None:
    assert torch.equal(changed(images(), ALL), changed(images(), ALL))
    assert not torch.equal(changed(images(), ALL), changed(images(), ALL, seed=1))


def test_shape_and_range_stay_and_the_input_is_not_touched() -> None:
    batch = images(channels=3)
    kept = batch.clone()
    result = changed(batch, ALL)
    assert result.shape == batch.shape
    assert result.dtype == torch.float32
    assert 0 <= result.min() < result.max() <= 255
    assert torch.equal(batch, kept)


@pytest.mark.parametrize(("key", "axis"), [("flip", 3), ("flip_vertical", 2)])
@pytest.mark.parametrize("width", [24, 36])
def test_a_mirror_is_exact_and_half_of_the_images_get_it(key: str, axis: int, width: int) -> None:
    batch = images(200, 24, width)
    result = changed(batch, only(**{key: True}))
    mirrored = [torch.allclose(r, b.flip(axis - 1), atol=0.1) for r, b in zip(result, batch, strict=True)]
    same = [torch.allclose(r, b, atol=0.1) for r, b in zip(result, batch, strict=True)]
    assert all(m != s for m, s in zip(mirrored, same, strict=True))
    assert 70 < sum(mirrored) < 130


@pytest.mark.parametrize("params", [only(rotate=30), only(scale=0.2), only(shift=0.1), only(contrast=0.3)])
def test_each_image_is_changed_in_its_own_way(params: Augmentation) -> None:
    same = images(1).repeat(8, 1, 1, 1)
    result = changed(same, params)
    assert len({tuple(image.flatten().tolist()) for image in result}) == 8


def test_a_rotation_keeps_lengths_on_an_image_that_is_not_square() -> None:
    batch = torch.zeros(32, 1, 41, 81)
    batch[:, :, 16:25, 36:45] = 255
    result = changed(batch, only(rotate=180))
    rows, columns = torch.arange(41.0) - 20, torch.arange(81.0) - 40
    for image in result[:, 0]:
        mass = image.sum()
        spread = (image * (rows[:, None] ** 2 + columns[None, :] ** 2)).sum() / mass
        assert float(spread) == pytest.approx(2 * 20 / 3, rel=0.1)
        assert float(mass) == pytest.approx(81 * 255, rel=0.06)


def test_a_shift_is_at_most_its_share_of_the_side() -> None:
    batch = torch.zeros(64, 1, 40, 40)
    batch[:, :, 18:22, 18:22] = 255
    result = changed(batch, only(shift=0.1))
    places = torch.arange(40.0)
    centre = (result.sum(dim=(1, 2)) * places).sum(1) / result.sum(dim=(1, 2, 3))
    assert float((centre - 19.5).abs().max()) <= 4.0 + 1e-3
    assert float((centre - 19.5).abs().max()) > 2.0


def test_contrast_keeps_the_mean_and_brightness_moves_it() -> None:
    batch = torch.full((32, 1, 8, 8), 120.0)
    batch[:, :, ::2] = 136
    contrast, brightness = changed(batch, only(contrast=0.5)), changed(batch, only(brightness=0.1))
    torch.testing.assert_close(contrast.mean(dim=(1, 2, 3)), torch.full((32,), 128.0))
    assert float(contrast.std(dim=(1, 2, 3)).std()) > 0.5
    moved = brightness.mean(dim=(1, 2, 3)) - 128
    assert 10 < float(moved.abs().max()) <= 25.5
    torch.testing.assert_close(brightness.std(dim=(1, 2, 3)), batch.std(dim=(1, 2, 3)))


def volumes(count: int = 100) -> torch.Tensor:
    return torch.randint(0, 256, (count, 1, 8, 10, 12), generator=generator(0, "volumes")).float()


@pytest.mark.parametrize(("key", "axis"), [("flip", 1), ("flip_vertical", 3)])
def test_a_volume_is_mirrored_along_its_own_axes(key: str, axis: int) -> None:
    batch = volumes()
    result = changed(batch, only(**{key: True}))
    mirrored = [torch.allclose(r, b.flip(axis), atol=0.1) for r, b in zip(result, batch, strict=True)]
    same = [torch.allclose(r, b, atol=0.1) for r, b in zip(result, batch, strict=True)]
    assert all(m != s for m, s in zip(mirrored, same, strict=True))
    assert 30 < sum(mirrored) < 70


def test_a_ball_stays_a_ball_in_whatever_box_it_turns() -> None:
    grids = torch.meshgrid(torch.arange(20), torch.arange(30), torch.arange(40), indexing="ij")
    steps = [(grid - side / 2 + 0.5) ** 2 for grid, side in zip(grids, (20, 30, 40), strict=True)]
    away = torch.stack(steps).sum(dim=0)
    ball = 255.0 * (away < 49).float()[None, None].repeat(6, 1, 1, 1, 1)
    turned = changed(ball, only(rotate=90))
    assert (turned - ball).abs().mean() < 3  # interpolation blurs the border; a shear gives 9
    rod = torch.zeros(6, 1, 20, 30, 40)
    rod[:, :, 9:11, 14:16, 8:32] = 255
    assert (changed(rod, only(rotate=90)) - rod).abs().amax(dim=(1, 2, 3, 4)).min() > 100


@pytest.mark.parametrize("size", [(24, 36), (8, 10, 12)])
def test_a_mask_moves_with_its_image(size: tuple[int, ...]) -> None:
    labels = (torch.rand(16, *[4] * len(size), generator=generator(0, "labels")) < 0.5).float()
    masks = torch.nn.functional.interpolate(labels[:, None], size=size)[:, 0].to(torch.uint8)
    pixels, moved = augment_both(masks[:, None] * 255.0, masks, MOVED, generator(3, "augmentation"))
    assert moved.dtype == torch.uint8
    assert not torch.equal(moved, masks)
    assert ((pixels[:, 0] > 127.5).to(torch.uint8) == moved).float().mean() > 0.97


def test_an_image_is_changed_alike_with_and_without_a_mask() -> None:
    batch, masks = images(), torch.zeros(16, 24, 24, dtype=torch.uint8)
    both, _ = augment_both(batch, masks, ALL, generator(0, "augmentation"))
    assert torch.equal(both, changed(batch, ALL))
