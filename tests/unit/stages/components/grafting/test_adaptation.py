from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from stages.components.grafting.adaptation import adapt_channels, adapt_input, adapt_weight, inflate

ONE_LAYER = torch.nn.Conv3d(1, 1, 3)


@settings(deadline=None, max_examples=30)
@given(given_channels=st.integers(1, 5), wanted=st.integers(1, 5), size=st.sampled_from([1, 3, 7]))
def test_channels_are_adapted_only_by_an_exact_rule(given_channels: int, wanted: int, size: int) -> None:
    weight = torch.randn(4, given_channels, size, size, dtype=torch.float64)
    adapted = adapt_channels(weight, wanted)
    if given_channels > 1 and wanted > 1:
        assert adapted is None
        return
    image = torch.randn(2, 1, 9, 9, dtype=torch.float64)
    assert adapted is not None
    before = functional.conv2d(image.expand(-1, given_channels, -1, -1), weight)
    after = functional.conv2d(image.expand(-1, wanted, -1, -1), adapted)
    torch.testing.assert_close(after, before)


@settings(deadline=None, max_examples=30)
@given(channels=st.integers(1, 3), size=st.sampled_from([1, 2, 3, 7]), stride=st.integers(1, 3))
def test_inflated_weights_see_in_equal_slices_what_the_image_showed(
    channels: int, size: int, stride: int
) -> None:
    weight = torch.randn(4, channels, size, size, dtype=torch.float64)
    image = torch.randn(2, channels, 9, 9, dtype=torch.float64)
    volume = image.unsqueeze(2).expand(-1, -1, 9, -1, -1)
    expected = functional.conv2d(image, weight, stride=stride)
    found = functional.conv3d(volume, inflate(weight, size, size), stride=stride)
    for each in found.unbind(2):
        torch.testing.assert_close(each, expected)


def test_of_a_transposed_convolution_each_value_comes_from_a_part_of_the_weights() -> None:
    layer = torch.nn.ConvTranspose3d(3, 4, 2, stride=2, bias=False).double()
    weight = torch.randn(3, 4, 2, 2, dtype=torch.float64)
    image = torch.randn(2, 3, 5, 5, dtype=torch.float64)
    adapted = adapt_weight(weight, layer.weight, layer, stem=False)
    assert adapted is not None
    found = functional.conv_transpose3d(image.unsqueeze(2).expand(-1, -1, 5, -1, -1), adapted[0], stride=2)
    for each in found.unbind(2):
        torch.testing.assert_close(each, functional.conv_transpose2d(image, weight, stride=2))
    assert adapted[1] == "2D to 3D: repeated along the new axis, divided by 1"


@pytest.mark.parametrize(
    ("source", "target", "stem"),
    [
        ((4, 1, 3, 3), (4, 1, 5, 5, 5), False),
        ((4, 1, 3, 3), (4, 3, 3, 3), False),
        ((4, 2, 3, 3), (4, 3, 3, 3), True),
        ((8, 1, 3, 3), (4, 1, 3, 3, 3), True),
        ((4, 1, 3, 3, 3), (4, 1, 3, 3), True),
        ((8,), (4,), False),
        ((8, 4), (8, 2), True),
    ],
)
def test_what_no_exact_rule_leads_to_is_left(
    source: tuple[int, ...], target: tuple[int, ...], stem: bool
) -> None:
    assert adapt_weight(torch.ones(source), torch.ones(target), ONE_LAYER, stem=stem) is None


def test_channels_and_axes_are_adapted_together() -> None:
    adapted = adapt_weight(torch.ones(4, 3, 3, 3), torch.ones(4, 1, 3, 3, 3), ONE_LAYER, stem=True)
    assert adapted is not None
    assert torch.equal(adapted[0], torch.ones(4, 1, 3, 3, 3))
    reason = "3 input channels to 1; 2D to 3D: repeated along the new axis, divided by 3"
    assert adapted[1] == reason


@pytest.mark.parametrize(
    ("given_values", "target", "expected", "reason"),
    [
        ([1.0, 2.0, 6.0], (1, 1, 1, 1), [3.0], "3 input channels to 1"),
        ([2.0], (1, 3, 1, 1, 1), [2.0, 2.0, 2.0], "1 input channels to 3"),
        ([1.0, 2.0], (1, 2, 1, 1, 1), [1.0, 2.0], "2D to 3D: the same values"),
    ],
)
def test_statistics_of_the_input_keep_their_meaning(
    given_values: list[float], target: tuple[int, ...], expected: list[float], reason: str
) -> None:
    found, why = adapt_input(torch.tensor(given_values).view(1, -1, 1, 1), torch.zeros(target))
    assert (found.shape, found.flatten().tolist(), why) == (target, expected, reason)
