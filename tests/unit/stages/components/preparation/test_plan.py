from __future__ import annotations

import nibabel
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.preparation.plan import propose
from stages.components.preparation.preparation import prepare_case
from stages.contracts.preparation import PrepareParams
from tests.unit.stages.examined import described, seen
from tests.unit.stages.raw_images import picture, shared_data


def plan(table: pd.DataFrame) -> PrepareParams:
    return propose(table, "target").prepare


def test_eight_bit_images_that_use_their_range_are_left_alone() -> None:
    params = plan(seen(picture(1), picture(2)))
    assert (params.intensity, params.dtype, params.channels) == ("as_is", "uint8", 1)


def test_dark_eight_bit_images_are_scaled() -> None:
    assert plan(seen(picture(1) // 4, picture(2) // 4)).intensity == "percentile"


def test_deep_images_are_scaled_case_by_case_and_stored_in_eight_bits() -> None:
    params = plan(seen(picture(1).astype(np.uint16) * 200, picture(2)))
    assert (params.intensity, params.dtype) == ("percentile", "uint8")


def test_colour_needs_half_of_the_cases() -> None:
    colours = seen(np.stack([picture(1)] * 3, axis=-1), colour=True)
    assert plan(colours).channels == 3
    assert plan(pd.concat([colours, seen(picture(2), picture(3))])).channels == 1


def test_ct_gets_one_window_for_all_cases() -> None:
    params = plan(described("512x512", low=-3024.0, low_percentile=-2000.0, high_percentile=1100.4))
    assert (params.intensity, params.window, params.dtype) == ("window", (-1024, 1100), "uint8")
    volume = plan(described("200x200x90", spacing="1x1x3", low_percentile=-980.0, high_percentile=640.0))
    assert (volume.window, volume.dtype) == ((-980, 640), "float16")


def test_mr_is_scaled_case_by_case() -> None:
    params = plan(described("120x130x110", "float32", "1x1x1", low_percentile=-20.0))
    assert (params.intensity, params.dtype) == ("percentile", "float16")
    assert plan(described("60x60x60", "uint8", "1x1x1")).dtype == "uint8"


def test_records_have_no_size() -> None:
    params = plan(seen(np.array([1.0, np.nan, 3.0]), np.array([2.0, 2.0, 1.0])))
    assert (params.size, params.dtype, params.intensity) == (None, "float32", "as_is")


def test_more_data_make_more_shards() -> None:
    few, many = described("128x128x128", "uint8", "1x1x1"), described("128x128x128", "uint8", "1x1x1")
    assert plan(few).shards == 16
    assert plan(pd.concat([many] * 200)).shards == 38


def test_every_value_has_a_reason_of_one_line() -> None:
    proposed = propose(described("200x200x90", spacing="1x1x3", low_percentile=-980.0), "target")
    chosen = {"covariates"}  # by the user, who keeps them
    assert set(proposed.why) == set(PrepareParams.model_fields) - chosen
    assert all(why and "\n" not in why for why in proposed.why.values())


KINDS = st.sampled_from(["uint8", "uint16", "int16", "float32"])
STEP = st.sampled_from([None, 0.5, 1.0, 2.25])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=3), KINDS, STEP, st.integers(0, 99), st.booleans())
def test_training_cases_can_be_prepared_by_their_plan(
    shape: list[int], dtype: str, step: float | None, seed: int, colour: bool
) -> None:
    numbers = np.random.default_rng(seed)
    full = (*shape, 3) if colour else tuple(shape)
    cases = [(numbers.random(full) * 300 - 150 * (dtype == "int16")).astype(dtype) for _ in range(3)]
    spacing = None if step is None else (step,) * len(shape)
    table = seen(*cases, colour=colour, spacing=[spacing])
    params = plan(table)
    assert params == plan(table.sample(frac=1, random_state=seed))
    for case in cases:
        image = prepare_case(case, params, colour=colour, spacing=spacing)["images"]
        assert image.shape == (params.channels, *(params.size or ()))


def test_hippocampi_are_prepared_by_their_plan() -> None:
    folder = shared_data("hippocampus")
    files = sorted((folder / "images").iterdir())[:3]
    loaded = [(nibabel.load(file), nibabel.load(folder / "labels" / file.name)) for file in files]
    volumes = [np.asanyarray(image.dataobj) for image, _ in loaded]
    steps = [tuple(float(step) for step in image.header.get_zooms()) for image, _ in loaded]
    params = plan(seen(*volumes, spacing=steps))
    assert (params.spacing, params.fit, params.intensity) == ((1, 1, 1), "pad", "percentile")
    assert (params.size, params.dtype) == ((40, 56, 40), "float16")
    for volume, step, (_, labels) in zip(volumes, steps, loaded, strict=True):
        mask = np.asanyarray(labels.dataobj)
        found = prepare_case(volume, params, spacing=step, mask=mask)
        assert (found["images"].shape, found["masks"].shape) == ((1, 40, 56, 40), (40, 56, 40))
        # One millimetre stays one, and these are smaller than their size: not a voxel of a class is lost.
        assert [np.count_nonzero(found["masks"] == label) for label in (1, 2)] == [
            np.count_nonzero(mask == label) for label in (1, 2)
        ]
