"""Guesses beside what happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.report.hints import read_forecast
from pipeline.report.places import open_places
from tests.unit.pipeline.report.built_workspace import (
    Built,
    build_hints,
    build_params,
    build_selection,
    build_transfers,
)


@pytest.fixture
def built(tmp_path: Path) -> Built:
    made = Built(tmp_path)
    build_params(made)
    build_transfers(made)
    return made


def test_each_source_has_its_guesses_and_its_place_among_the_sources(built: Built) -> None:
    build_hints(built)
    build_selection(built)
    forecast = read_forecast(open_places(built.root))
    assert forecast is not None
    assert [row.source for row in forecast.rows] == ["formula", "imagenet"]
    ranks = {row.source: [guess.rank for guess in row.guesses] for row in forecast.rows}
    assert ranks == {"formula": [2, 1, None], "imagenet": [1, 2, None]}, "a lone LEEP has no place"
    assert forecast.rows[0].guesses[2].value == -0.683
    assert (forecast.training_cases, forecast.metric) == (100, "AUROC")


def test_what_happened_is_the_best_run_with_the_weights_beside_the_same_network_without(built: Built) -> None:
    build_hints(built)
    build_selection(built)
    forecast = read_forecast(open_places(built.root))
    assert forecast is not None
    found = {
        row.source: (row.best.strategy, row.outcome.value, row.outcome.rank, row.control.mean)
        for row in forecast.rows
        if row.best and row.control
    }
    assert found == {"formula": ("lp_ft", 0.88, 2, 0.83), "imagenet": ("lp_ft", 0.965, 1, 0.81)}


def test_before_the_selection_the_guesses_stand_alone(built: Built) -> None:
    build_hints(built)
    forecast = read_forecast(open_places(built.root))
    assert forecast is not None and forecast.metric is None
    for row in forecast.rows:
        assert row.best is None and row.control is None and row.outcome.value is None


def test_a_source_without_hints_has_no_row_and_without_any_there_is_no_table(built: Built) -> None:
    assert read_forecast(open_places(built.root)) is None
    build_hints(built)
    (built.artifacts / "hints" / "imagenet.json").unlink()
    forecast = read_forecast(open_places(built.root))
    assert forecast is not None
    assert [(row.source, row.guesses[0].rank) for row in forecast.rows] == [("formula", None)]


def test_where_less_is_better_the_least_outcome_comes_first(built: Built) -> None:
    build_hints(built)
    build_selection(built)
    file = built.artifacts / "selected" / "selection.json"
    file.write_text(file.read_text().replace('"metric": "auroc"', '"metric": "rmse"'))
    forecast = read_forecast(open_places(built.root))
    assert forecast is not None
    assert {row.source: row.outcome.rank for row in forecast.rows} == {"formula": 1, "imagenet": 2}
