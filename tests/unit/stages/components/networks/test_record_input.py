from __future__ import annotations

import numpy as np
import torch

from stages.components.networks.record_input import RecordInput, blank_scales, fit_scales
from stages.contracts.feature import Feature, units_of
from tests.unit.stages.small_records import AGE, FEATURES, PAIN, SMOKES, STAGE

NAN = float("nan")


def units(features: tuple[Feature, ...], *rows: list[float]) -> list[list[float]]:
    layer = RecordInput(features, fit_scales(features, np.array(rows, np.float32)))
    given: list[list[float]] = layer(torch.tensor(rows)).tolist()
    return given


def test_a_cell_becomes_its_units() -> None:
    layer = RecordInput((AGE, PAIN), blank_scales((AGE, PAIN)))
    assert layer(torch.tensor([[63.0, 1.0], [NAN, NAN]])).tolist() == [
        [63, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 1],
    ]


def test_numbers_are_standardised_by_what_is_not_missing() -> None:
    assert units((AGE,), [10.0], [NAN], [30.0]) == [[-1, 0], [0, 1], [1, 0]]


def test_grades_and_booleans_are_numbers() -> None:
    assert units((SMOKES, STAGE), [0.0, 1.0], [1.0, 0.0]) == [[-1, 0, 1, 0], [1, 0, -1, 0]]


def test_what_never_varied_in_training_says_nothing() -> None:
    features = (AGE, SMOKES, PAIN)
    scales = fit_scales(features, np.array([[50, NAN, 0], [50, NAN, 1]], np.float32))
    silent = dict(zip((unit.name for unit in units_of(features)), scales.deviation, strict=True))
    assert [name for name, deviation in silent.items() if deviation] == ["pain=typical", "pain=other"]
    layer = RecordInput(features, scales)
    assert layer(torch.tensor([[1e6, 1.0, 2.0], [NAN, NAN, NAN]])).abs().sum() == 0


def test_a_constant_of_many_blocks_is_no_variation() -> None:
    column = np.full((5000, 1), 1 / 3, np.float32)
    assert fit_scales((AGE,), column).deviation == (0, 0)


def test_statistics_are_those_of_numpy_over_many_blocks() -> None:
    column = np.random.default_rng(0).normal(1000, 3, (10_000, 1)).astype(np.float32)
    scales = fit_scales((AGE,), column)
    np.testing.assert_allclose(scales.mean[0], column.astype(float).mean(), rtol=1e-12)
    np.testing.assert_allclose(scales.deviation[0], column.astype(float).std(), rtol=1e-9)


def test_only_the_statistics_travel_with_the_weights() -> None:
    assert list(RecordInput(FEATURES, blank_scales(FEATURES)).state_dict()) == ["mean", "deviation"]
