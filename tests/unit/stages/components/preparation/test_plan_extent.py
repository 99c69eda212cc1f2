from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from stages.components.preparation.plan import propose
from stages.components.preparation.plan_extent import MOST_VOXELS
from stages.contracts.preparation import PrepareParams
from tests.unit.stages.examined import described


def plan(table: pd.DataFrame) -> PrepareParams:
    return propose(table, "target").prepare


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ("28x28", (28, 28)),
        ("64x64", (64, 64)),
        ("31x40", (31, 40)),
        ("225x225", (224, 224)),
        ("300x260", (256, 224)),
        ("240x225", (224, 224)),
        ("95x128", (64, 64)),
        ("520x640", (224, 256)),
        ("2000x3000", (224, 320)),
        ("3000x2000", (320, 224)),
        ("224x9000", (224, 448)),
        ("1x50", (1, 2)),
    ],
)
def test_an_image_is_neither_enlarged_nor_bent(shape: str, size: tuple[int, int]) -> None:
    params = plan(described(shape, "uint8"))
    assert (params.size, params.fit, params.crop, params.spacing) == (size, "resize", "none", None)


def test_volumes_get_the_median_spacing_and_the_shape_at_it() -> None:
    slices = (("30x40x20", "1x1x4"), ("30x40x30", "1x1x2"), ("30x40x60", "1x1x2"))  # 40, 30 and 60 of 2 mm
    params = plan(pd.concat([described(shape, spacing=step).head(1) for shape, step in slices]))
    assert (params.spacing, params.fit) == ((1, 1, 2), "pad")
    assert params.size == (32, 40, 40)


def test_large_volumes_get_a_coarser_spacing() -> None:
    params = plan(described("512x512x300", spacing="0.7x0.7x1"))
    assert params.size is not None and params.spacing is not None
    assert MOST_VOXELS / 2 < math.prod(params.size) <= MOST_VOXELS
    extent = np.multiply(params.size, params.spacing) - np.multiply((512, 512, 300), (0.7, 0.7, 1))
    assert (extent > -0.5).all()
    assert (extent < 17 * np.array(params.spacing)).all()


def test_volumes_of_which_one_does_not_say_its_spacing_are_scaled_by_shape() -> None:
    known, unknown = described("30x40x20", spacing="1x1x2"), described("32x44x22")
    proposed = propose(pd.concat([known, unknown.head(1)]), "target")
    assert (proposed.prepare.spacing, proposed.prepare.fit) == (None, "resize")
    assert proposed.prepare.size == (32, 40, 24)
    assert proposed.why["spacing"] == "1 of 4 training cases do not say theirs"


@pytest.mark.parametrize("spacing", ["0x1x1", "1x1", "1x1x-2", "1x1xinf", "1x1xnan", "1x1x1e9"])
def test_an_impossible_spacing_is_none(spacing: str) -> None:
    assert plan(described("30x40x20", spacing=spacing)).spacing is None


def test_the_margin_that_larger_cases_lose_is_said() -> None:
    cases = [described(shape, spacing="1x1x1").head(1) for shape in ("32x32x32", "32x32x32", "32x80x32")]
    assert "1 of 3 training cases are larger and lose a margin" in propose(pd.concat(cases), "t").why["size"]


def test_a_flat_background_is_cut_off() -> None:
    assert plan(described("30x30x30", spacing="1x1x1", low_percentile=0.0)).crop == "foreground"
    assert plan(described("30x30x30", spacing="1x1x1", low_percentile=1.0)).crop == "none"
