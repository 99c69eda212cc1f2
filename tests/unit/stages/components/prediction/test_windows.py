from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stages.components.prediction import windows
from stages.components.prediction.windows import mean_over_windows, slide, slides
from stages.contracts.patch import Patch


@pytest.mark.parametrize(("grid", "size"), [((20, 17), (8, 6)), ((9, 10, 12), (6, 4, 8))])
def test_what_is_said_of_each_pixel_alone_is_said_of_the_whole(
    grid: tuple[int, ...], size: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MOST_VALUES", 3 * 8 * 8)
    seen: list[tuple[int, ...]] = []

    def compute(parts: Tensor) -> Tensor:
        seen.append(tuple(parts.shape))
        return torch.cat([parts, -parts], dim=1)

    images = torch.rand(2, 1, *grid)
    outputs = slide(compute, images, Patch.model_validate({"size": size}))
    torch.testing.assert_close(outputs, torch.cat([images, -images], dim=1))
    assert {shape[2:] for shape in seen} == {size}
    assert max(shape[0] for shape in seen) == max(1, 3 * 8 * 8 // torch.Size(size).numel())


def test_the_middle_of_a_window_counts_more_than_its_edge() -> None:
    def distance(windows: Tensor) -> Tensor:
        edge = torch.zeros_like(windows)
        edge[..., :2, :], edge[..., -2:, :], edge[..., :2], edge[..., -2:] = 1, 1, 1, 1
        return edge

    said = slide(distance, torch.zeros(1, 1, 32, 32), Patch(size=(16, 16)))
    assert said[..., 8:24, 8:24].max() < 0.2


def test_images_of_the_patchs_size_need_no_window() -> None:
    images = torch.zeros(1, 1, 8, 8)
    assert not slides(images, None)
    assert not slides(images, Patch(size=(8, 8)))
    assert slides(images, Patch(size=(8, 4)))


def test_features_are_the_mean_over_the_whole_image() -> None:
    images = torch.arange(24.0).reshape(1, 1, 4, 6)
    mean = mean_over_windows(lambda part: part.mean(dim=(2, 3)), images, Patch(size=(2, 3)))
    torch.testing.assert_close(mean, images.mean(dim=(2, 3)))
