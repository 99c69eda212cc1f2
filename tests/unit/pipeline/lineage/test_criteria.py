"""The section `gate` of params.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lineage.criteria import GateParams, load_criteria
from stages.contracts.errors import ParamsError


def test_without_a_section_or_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_criteria(tmp_path) == GateParams().fixed()
    (tmp_path / "params.yaml").write_text("grid: {}\n")
    assert load_criteria(tmp_path) == GateParams().fixed()


def test_the_section_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("gate: {metric: rmse, margin: 1.5, refuse_severity: null}\n")
    criteria = load_criteria(tmp_path)
    assert (criteria.metric, criteria.margin, criteria.refuse_severity) == ("rmse", 1.5, None)


@pytest.mark.parametrize("entry", ["margin: -1", "metric: luck", "marign: 0.1"])
def test_a_mistake_is_named(tmp_path: Path, entry: str) -> None:
    (tmp_path / "params.yaml").write_text(f"gate: {{{entry}}}\n")
    with pytest.raises(ParamsError) as caught:
        load_criteria(tmp_path)
    assert f"gate.{entry.partition(':')[0]}" in caught.value.where
