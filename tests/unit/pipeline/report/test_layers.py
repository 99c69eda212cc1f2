"""dW by layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.report.layers import block_of, read_changes
from pipeline.report.places import open_places
from stages.contracts.artifact import write_json
from stages.contracts.ledger import Changes, LayerChange
from tests.unit.pipeline.report.built_workspace import Built, build_params, build_selection


@pytest.mark.parametrize(
    ("layer", "block"),
    [
        ("backbone.layer1.0.conv1", "layer1"),
        ("backbone.conv1", "conv1"),
        ("backbone._blocks.6.15._bn2", "blocks.6"),
        ("backbone._conv_stem", "conv_stem"),
        ("backbone.features.denseblock2.denselayer4.layers.conv1", "denseblock2"),
        ("head", "head"),
    ],
)
def test_a_layer_belongs_to_the_block_its_path_begins_with(layer: str, block: str) -> None:
    assert block_of(layer) == block


def test_a_frozen_backbone_is_told_and_not_drawn(tmp_path: Path) -> None:
    built = Built(tmp_path)
    build_params(built)
    build_selection(built)
    layers = (
        LayerChange(layer="backbone.conv1", role="shared", parameters=9, relative_change=0.0),
        LayerChange(layer="head", role="specific", parameters=4, relative_change=226.4),
    )
    write_json(
        Changes(layers=layers), tmp_path / "artifacts" / "selected" / "selected" / "2" / "changes.json"
    )
    changes = read_changes(open_places(tmp_path))
    assert changes is not None
    assert (changes.frozen, changes.shared, changes.drawings) == (1, 1, ())


def test_the_new_head_does_not_stretch_the_chart(tmp_path: Path) -> None:
    built = Built(tmp_path)
    build_params(built)
    build_selection(built)
    changes = read_changes(open_places(tmp_path))
    assert changes is not None
    assert [drawing.screen for drawing in changes.drawings] == ["wide", "narrow"]
    assert ">head<" not in changes.drawings[0].svg
    assert ">layer4<" in changes.drawings[0].svg
