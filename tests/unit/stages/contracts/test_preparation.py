from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from stages.contracts.errors import ParamsError
from stages.contracts.preparation import Preparation, PrepareParams


def preparation_of(task: str = "classes", **params: Any) -> Preparation:
    return Preparation.model_validate(
        {
            "domain": "target",
            "adapter": "folder",
            "task": task,
            "classes": ("a", "b"),
            "patients_known": False,
            "params": {"size": (8, 9)} | params,
        }
    )


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"size": [8]},
        {"size": [8, 8, 8, 8]},
        {"size": [8, 8], "spacing": [1, 1, 1]},
        {"size": [8, 8], "spacing": [1, 0]},
        {"size": [8, 8], "intensity": "window"},
        {"size": [8, 8], "window": [0, 1]},
        {"size": [8, 8], "intensity": "window", "window": [1, 1]},
        {"size": [8, 8], "intensity": "window", "window": [0, float("inf")]},
        {"size": None, "spacing": [1, 1]},
        {"size": None, "crop": "square"},
        {"size": [9000, 9000, 9000]},
        {"size": [8, 8], "dtype": "int64"},
    ],
)
def test_params_that_contradict_each_other_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PrepareParams.model_validate(params)


def test_params_are_the_same_after_a_way_through_text() -> None:
    params = PrepareParams(size=(8, 8, 4), spacing=(1, 1, 2.5), intensity="window", window=(-100, 300))
    assert PrepareParams.model_validate_json(params.model_dump_json()) == params


@pytest.mark.parametrize("params", [{}, {"dtype": "float16", "intensity": "minmax"}])
@pytest.mark.parametrize("task", ["classes", "ordinal", "multilabel", "regression"])
def test_images_with_a_label_each_are_trained_on(task: str, params: dict[str, Any]) -> None:
    assert preparation_of(task, **params).grid() == (8, 9)


def test_volumes_are_trained_on() -> None:
    assert preparation_of("segmentation", size=(8, 9, 10)).grid() == (8, 9, 10)


def test_records_with_a_label_each_have_no_grid() -> None:
    assert preparation_of("regression", size=None).grid() == ()


@pytest.mark.parametrize(
    ("task", "params", "why"),
    [
        ("segmentation", {"size": None}, "its cases are records, which have no masks"),
        ("none", {"size": None}, "its cases have no labels"),
        ("none", {}, "its cases have no labels"),
        ("classes", {"dtype": "float32"}, "`intensity: as_is`"),
    ],
)
def test_what_this_version_does_not_train_on_is_said(task: str, params: dict[str, Any], why: str) -> None:
    with pytest.raises(ParamsError, match="this version trains on labelled images and records") as caught:
        preparation_of(task, **params).grid()
    assert why in caught.value.why
    assert "prepare.target" in caught.value.where
