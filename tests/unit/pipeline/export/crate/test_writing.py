"""The crate validates, says what each step read and wrote, and names no patient."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.export.crate.writing import write_crate
from pipeline.export.subject import Subject
from tests.unit.pipeline.export.crate_validation import TERMS, broken_rules

METADATA = "ro-crate-metadata.json"


@pytest.fixture(scope="module")
def crate(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crate")
    write_crate(subject, folder)
    return folder


def _graph(crate: Path) -> dict[str, dict[str, Any]]:
    entities = json.loads((crate / METADATA).read_text())["@graph"]
    return {entity["@id"]: entity for entity in entities}


def _named(crate: Path, name: str) -> dict[str, Any]:
    (entity,) = [entity for entity in _graph(crate).values() if entity.get("name") == name]
    return entity


def test_it_keeps_every_rule_that_a_provenance_run_crate_must(crate: Path, tmp_path: Path) -> None:
    assert broken_rules(crate, tmp_path / "cache") == []


def test_a_step_whose_program_is_lost_breaks_a_rule(crate: Path, tmp_path: Path) -> None:
    """Or else the validator would have looked at nothing."""
    broken = shutil.copytree(crate, tmp_path / "crate")
    metadata = json.loads((broken / METADATA).read_text())
    for entity in metadata["@graph"]:
        if entity["@type"] == "HowToStep":
            del entity["workExample"]
    (broken / METADATA).write_text(json.dumps(metadata))
    assert any("workExample" in rule for rule in broken_rules(broken, tmp_path / "cache"))


def test_it_uses_no_word_that_its_contexts_do_not_define(crate: Path) -> None:
    metadata = json.loads((crate / METADATA).read_text())
    kinds = {
        kind
        for e in metadata["@graph"]
        for kind in ([e["@type"]] if isinstance(e["@type"], str) else e["@type"])
    }
    keys = {key for entity in metadata["@graph"] for key in entity if not key.startswith("@")}
    assert kinds | keys <= TERMS.keys() | metadata["@context"][1].keys()


def test_every_stage_is_an_action_with_hashed_inputs_and_outputs(crate: Path, subject: Subject) -> None:
    graph = _graph(crate)
    for name, stage in subject.record.made_by.items():
        action = _named(crate, f"Run of {name}")
        things = [graph[thing["@id"]] for side in ("object", "result") for thing in _listed(action[side])]
        hashed = [thing for thing in things if thing["@type"] != "PropertyValue"]
        assert len(hashed) == len(stage.inputs) + len(stage.outs)
        assert all("md5" in thing or "sha256" in thing for thing in hashed)
        assert {thing["name"] for thing in things if thing["@type"] == "PropertyValue"} >= {
            f"{name.partition('@')[0]}.threads"
        }


def test_what_is_in_the_crate_has_the_hash_that_it_says(crate: Path) -> None:
    files = [e for e in _graph(crate).values() if "File" in e["@type"]]
    there = {f.relative_to(crate).as_posix() for f in crate.rglob("*") if f.is_file()}
    assert {entity["@id"] for entity in files} | {METADATA} == there
    for entity in files:
        assert hashlib.sha256((crate / entity["@id"]).read_bytes()).hexdigest() == entity["sha256"]


def test_what_stays_in_the_workspace_has_the_hash_of_its_listing(crate: Path, subject: Subject) -> None:
    raw = subject.root / "data/raw/target"
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(raw).as_posix()}\n"
        for file in sorted(raw.rglob("*.png"))
    ]
    assert _named(crate, "data/raw/target")["sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_bytes_that_are_no_longer_those_of_the_record_get_no_new_hash(
    subject: Subject, tmp_path: Path
) -> None:
    changed = shutil.copytree(subject.root, tmp_path / "changed")
    next((changed / "data/raw/target").rglob("*.png")).write_bytes(b"other")
    crate = tmp_path / "crate"
    crate.mkdir()
    write_crate(Subject(changed, subject.record, changed / "artifacts/model"), crate)
    assert "sha256" not in _named(crate, "data/raw/target")
    assert "sha256" in _named(crate, "artifacts/ingested/target")


def test_the_same_model_gives_the_same_bytes(crate: Path, subject: Subject, tmp_path: Path) -> None:
    write_crate(subject, tmp_path)
    assert (tmp_path / METADATA).read_bytes() == (crate / METADATA).read_bytes()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
