"""The bill of materials keeps CycloneDX's strict schema, and holds the card, the data and the libraries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pipeline.export import ml_bom
from pipeline.export.ml_bom import BOM, write_bom
from pipeline.export.subject import Subject


@pytest.fixture(scope="module")
def text(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bom")
    write_bom(subject, folder)
    return (folder / BOM).read_text()


@pytest.fixture
def bom(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    return read


def test_it_keeps_the_schema(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_model_has_the_hash_of_its_weights(bom: dict[str, Any], subject: Subject) -> None:
    model = bom["metadata"]["component"]
    assert model["type"] == "machine-learning-model"
    (sha256,) = subject.record.model.weights.values()
    assert model["hashes"] == [{"alg": "SHA-256", "content": sha256}]


def test_the_card_holds_every_figure_with_its_interval(bom: dict[str, Any], subject: Subject) -> None:
    figures = bom["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert len(figures) == 3 * len(subject.record.evaluation.selected)
    assert {
        "type": "auroc",
        "value": "0.960000",
        "slice": "test",
        "confidenceInterval": {"lowerBound": "0.930000", "upperBound": "0.985000"},
    } in figures


def test_data_and_libraries_are_what_the_model_depends_on(bom: dict[str, Any], subject: Subject) -> None:
    model = bom["metadata"]["component"]["bom-ref"]
    (depends,) = [entry["dependsOn"] for entry in bom["dependencies"] if entry["ref"] == model]
    packages = subject.record.software.packages
    assert set(depends) == {
        "data:target",
        *(f"pkg:pypi/{name}@{release}" for name, release in packages.items()),
    }


def test_a_card_that_breaks_the_schema_is_never_written(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ml_bom, "model_card", lambda subject: {"no such key": 1})
    with pytest.raises(AssertionError, match="breaks the schema"):
        write_bom(subject, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_same_model_gives_the_same_bytes(text: str, subject: Subject, tmp_path: Path) -> None:
    write_bom(subject, tmp_path)
    assert (tmp_path / BOM).read_text() == text
