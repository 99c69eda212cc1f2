"""Each stage is a run that starts and completes, within the run of the workflow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.export.openlineage import EVENTS, write_events
from pipeline.export.subject import Subject


@pytest.fixture(scope="module")
def events(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("events")
    write_events(subject, folder)
    return [json.loads(line) for line in (folder / EVENTS).read_text().splitlines()]


def test_each_stage_starts_and_completes_once(events: list[dict[str, Any]], subject: Subject) -> None:
    for kind in ("START", "COMPLETE"):
        names = [event["job"]["name"] for event in events if event["eventType"] == kind]
        whole = subject.record.model.name
        assert sorted(names) == sorted([whole, *(f"{whole}.{name}" for name in subject.record.made_by)])


def test_a_stage_comes_after_those_whose_outputs_it_reads(events: list[dict[str, Any]]) -> None:
    written: set[str] = set()
    for event in (event for event in events if event["eventType"] == "COMPLETE"):
        read = {data["name"] for data in event["inputs"] if data["name"].startswith("artifacts/")}
        assert read <= written | {"artifacts/sources/imagenet"}
        written |= {data["name"] for data in event["outputs"]}
    assert "artifacts/model" in written


def test_data_have_the_version_that_dvc_knows(events: list[dict[str, Any]], subject: Subject) -> None:
    (done,) = [
        event
        for event in events
        if event["job"]["name"].endswith(".ingest@target") and event["eventType"] == "COMPLETE"
    ]
    stage = subject.record.made_by["ingest@target"]
    assert done["inputs"][0]["facets"]["version"]["datasetVersion"] == stage.inputs[0].md5
    assert done["outputs"][0]["outputFacets"]["outputStatistics"]["fileCount"] == stage.outs[0].nfiles
    assert len(done["outputs"][0]["facets"]["tags"]["tags"][0]["value"]) == 64


def test_the_parts_belong_to_one_run(events: list[dict[str, Any]]) -> None:
    (whole,) = {event["run"]["runId"] for event in events if "parent" not in event["run"]["facets"]}
    parents = {e["run"]["facets"]["parent"]["run"]["runId"] for e in events if "parent" in e["run"]["facets"]}
    assert parents == {whole}


def test_params_are_facets_of_the_run(events: list[dict[str, Any]]) -> None:
    (start,) = [e for e in events if e["job"]["name"].endswith(".select") and e["eventType"] == "START"]
    parameters = start["run"]["facets"]["executionParameters"]["parameters"]
    assert {"key": "select.threads", "name": "select.threads", "value": "1"} in parameters


def test_every_event_and_facet_says_by_which_schema_it_reads(events: list[dict[str, Any]]) -> None:
    for event in events:
        assert event["schemaURL"].startswith("https://openlineage.io/spec/2-")
        facets = [*event["run"]["facets"].values(), *event["job"]["facets"].values()]
        assert all(facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/") for facet in facets)
        assert all(facet["_producer"] == "urn:medgraft:0.1.0" for facet in facets)
