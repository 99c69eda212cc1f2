from __future__ import annotations

import json

import pytest

from stages.contracts.artifact import write_json
from tests.flow.projects import Project
from tests.unit.pipeline.pedigree.stages import default_stages
from tests.unit.pipeline.trace.shelved import make_record, make_root

IDENTITY = "abcdef" + "1" * 58


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = make_root(tmp_path_factory.mktemp("lineage") / "workspace")
    record = make_record({}, IDENTITY, "2026-01-01").model_copy(update={"made_by": default_stages()})
    write_json(record, root / "lineage/records" / f"{IDENTITY[:16]}.json")
    return Project(root)


def test_the_newest_model_is_shown_as_a_tree(project: Project) -> None:
    done = project.medgraft("lineage")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"toy ({IDENTITY[:16]})\n└── package")


def test_json_is_one_object_with_the_graph_and_the_record(project: Project) -> None:
    told = json.loads(project.medgraft("lineage", IDENTITY[:8], "--json").stdout)
    keys = {node["key"] for node in told["nodes"]}
    assert {end for edge in told["edges"] for end in edge} <= keys
    assert told["record"]["identity"] == IDENTITY
    assert (told["version"], told["champion"]) == (None, False)


def test_mermaid_is_a_chart_and_nothing_else(project: Project) -> None:
    assert project.medgraft("lineage", "--mermaid").stdout.startswith("flowchart TD\n")


def test_a_model_that_is_not_there_is_refused(project: Project) -> None:
    done = project.medgraft("lineage", "v9")
    assert done.returncode == 2
    assert "there is no model 'v9'" in done.stderr
