"""Whether images are of one kind; each check is also held against a table in which it must find nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from stages.components.findings import geometry
from stages.contracts.findings import Finding
from tests.unit.stages.checked_table import examined


def only(table: pd.DataFrame) -> Finding:
    """Gives the one finding that the checks of geometry make."""
    (finding,) = [found for check in CHECKS for found in check(table)]
    return finding


CHECKS = (geometry.dimensions, geometry.colours, geometry.types, geometry.sizes, geometry.spacings)


@pytest.mark.parametrize(
    "alike",
    [
        {},
        {"spacing": "1x1"},
        {"spacing": ["1x1", "1.9x0.6", "1x1", "1x1"]},
        {"shape": "3x4x5", "spacing": "1x1x2.5"},
        {"shape": None, "dtype": None},
        {"shape": ["8x8", "8x8", "8x8", None], "spacing": ["1x1", "1x1", "1x1", None]},
        {"colour": True},
    ],
)
def test_images_that_are_alike_are_no_finding(alike: dict[str, object]) -> None:
    assert [found for check in CHECKS for found in check(examined(4, **alike))] == []


def test_several_sizes_are_a_note_that_counts_the_commonest() -> None:
    shapes = ["9x9", "8x8", "8x8", "1x9", "2x9", "3x9", "8x8", "8x8", "8x8", "8x8"]
    found = only(examined(10, shape=shapes))
    assert (found.kind, found.severity) == ("mixed-sizes", "note")
    assert found.message == "images have several sizes: 8x8 (6), 1x9 (1), 2x9 (1), 3x9 (1) and 1 more"
    assert found.cases == ("0000.png", "0003.png", "0004.png", "0005.png")


def test_where_no_size_prevails_no_case_is_an_outlier() -> None:
    assert only(examined(4, shape=["8x8", "8x8", "9x9", "7x7"])).cases == ()


def test_an_image_among_volumes_is_a_warning() -> None:
    table = examined(5, shape=["8x8x8", "8x8x8", "8x8", "8x8x8", None])
    (found,) = geometry.dimensions(table)
    assert (found.kind, found.severity, found.cases) == ("mixed-dimensions", "warning", ("0002.png",))
    assert found.message.endswith("3D (3), 2D (1)")


def test_colour_among_grey_is_a_warning_and_so_is_grey_among_colour() -> None:
    found = only(examined(4, colour=[False, True, False, False]))
    assert (found.kind, found.severity, found.cases) == ("mixed-colour", "warning", ("0001.png",))
    assert only(examined(4, colour=[True, True, False, True])).cases == ("0002.png",)


def test_what_could_not_be_read_has_no_colour() -> None:
    table = examined(3, shape=["8x8", "8x8", None], colour=[True, True, False])
    assert list(geometry.colours(table)) == []


def test_several_types_are_a_note() -> None:
    found = only(examined(3, dtype=["uint8", "uint16", "uint8"]))
    assert (found.kind, found.severity, found.cases) == ("mixed-types", "note", ("0001.png",))


@pytest.mark.parametrize("odd", ["1x1x2.1", "1x0.4x1", "0x1x1", "nanx1x1"])
def test_a_spacing_far_from_the_median_in_one_axis_is_a_warning(odd: str) -> None:
    found = only(examined(4, shape="8x8x8", spacing=["1x1x1", odd, "1.2x1x1", "1x1x0.9"]))
    assert (found.kind, found.severity, found.cases) == ("mixed-spacing", "warning", ("0001.png",))


def test_spacings_are_compared_among_images_of_as_many_axes() -> None:
    table = examined(4, shape=["8x8", "8x8", "8x8x8", "8x8x8"], spacing=["1x1", "1x1", "4x4x4", "4x4x4"])
    assert list(geometry.spacings(table)) == []


def test_a_spacing_that_only_some_have_is_a_warning() -> None:
    found = only(examined(3, spacing=["1x1", None, "1x1"]))
    assert (found.kind, found.severity, found.cases) == ("missing-spacing", "warning", ("0001.png",))
