"""prefect.yaml, compose.yaml and the Dockerfile name what exists; no container engine runs here."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]


def load(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / name).read_text())


def options_of(command: list[str]) -> list[str]:
    return [word.removeprefix("--").replace("-", "_") for word in command if word.startswith("--")]


def test_the_deployment_names_a_flow_and_its_parameters() -> None:
    (deployment,) = load("prefect.yaml")["deployments"]
    file, name = deployment["entrypoint"].split(":")
    assert f"def {name}(" in (ROOT / file).read_text()
    declared = re.search(rf"def {name}\((.*?)\)", (ROOT / file).read_text())
    assert declared
    assert all(f"{parameter}:" in declared[1] for parameter in deployment["parameters"])
    assert deployment["concurrency_limit"] == 1


def test_services_depend_on_services_that_say_when_they_are_healthy() -> None:
    compose = load("compose.yaml")
    for service in compose["services"].values():
        for need, how in (service.get("depends_on") or {}).items():
            assert how["condition"] == "service_healthy"
            assert "healthcheck" in compose["services"][need]


def test_named_volumes_are_declared_and_ports_are_on_loopback() -> None:
    compose = load("compose.yaml")
    volumes = [one for service in compose["services"].values() for one in service.get("volumes", ())]
    named = {one.split(":")[0] for one in volumes if re.match(r"[a-z]", one)}
    assert named == set(compose["volumes"])
    ports = [one for service in compose["services"].values() for one in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_worker_is_started_with_options_that_serve_has() -> None:
    from pipeline.cli.serve import serve

    command = load("compose.yaml")["services"]["worker"]["command"]
    assert command[0] == "serve"
    assert set(options_of(command)) <= set(inspect.signature(serve).parameters)


def test_no_secret_is_written_down() -> None:
    for service in load("compose.yaml")["services"].values():
        for key, value in service.get("environment", {}).items():
            assert value.startswith("${") or not re.search("KEY|SECRET|PASSWORD|USER", key)


@pytest.mark.parametrize(
    "line", [line for line in (ROOT / "Dockerfile").read_text().splitlines() if "COPY" in line]
)
def test_the_image_is_built_from_files_that_exist_and_are_not_ignored(line: str) -> None:
    taken = {text.removeprefix("!") for text in (ROOT / ".dockerignore").read_text().splitlines()}
    for name in line.split()[1:-1]:
        assert (ROOT / name).exists()
        assert name in taken
