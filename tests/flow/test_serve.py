"""Scheduled retraining as its users run it: one service, one real Prefect server, from event to restart."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.serving.address import DATA_USED, address_file, emit
from pipeline.serving.command import serve_command
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError
from tests.flow.projects import Project, clean_environment, make_project
from tests.flow.test_nothing_lost import processes_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
DVC_YAML = """
stages:
  fit:
    cmd: echo fit >> ran.log; sleep $(cat data/raw/seconds); cp data/raw/seconds out.txt
    deps: [data/raw]
    outs: [out.txt]
"""
Runs = dict[str, dict[str, Any]]


class Service:
    """`medgraft serve` in a workspace."""

    def __init__(self, root: Path) -> None:
        self.project = make_project(root, DVC_YAML)
        (root / "data" / "raw").mkdir(parents=True)
        self.put("0")
        self._process: subprocess.Popen[bytes] | None = None

    def put(self, seconds: str) -> None:
        (self.project.root / "data" / "raw" / "seconds").write_text(seconds)

    def start(self, *options: str) -> None:
        """Starts it in place of one that runs: the tests come in any order."""
        self.end()
        earlier = self.said().count("serving")
        with (self.project.root.parent / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline", "serve", *options],
                cwd=self.project.root,
                env=clean_environment(),
                stdout=log,
                stderr=log,
            )
        self.until(lambda: self.said().count("serving") > earlier or not self.runs_now)
        assert self.runs_now, self.said()

    def end(self, number: int = signal.SIGTERM) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(120)

    def kill_server(self) -> None:
        assert self._process
        children = psutil.Process(self._process.pid).children()
        next(child for child in children if "uvicorn" in child.cmdline()).kill()

    def said(self) -> str:
        log = self.project.root.parent / "serve.log"
        return log.read_text() if log.exists() else ""

    @property
    def runs_now(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self) -> str:
        return address_file(Workspace(self.project.root)).read_text()

    def runs(self) -> list[dict[str, Any]]:
        request = urllib.request.Request(
            f"{self.url()}/flow_runs/filter", data=b"{}", headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return list(json.load(answer))

    def states(self, asked_by: str) -> list[str]:
        return [run["state_name"] for run in self.runs() if run["parameters"].get("asked_by") == asked_by]

    def until(self, holds: Callable[[], Any], seconds: float = 300.0) -> float:
        start = time.monotonic()
        while not holds():
            assert time.monotonic() - start < seconds, f"{self.said()}"
            time.sleep(0.3)
        return time.monotonic() - start


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("served") / "project")
    yield service
    service.end()
    assert processes_of(service.project) == []


def test_from_an_event_to_a_killed_service_and_back(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """One story, because each chapter needs what the one before it left."""
    root, workspace = service.project.root, Workspace(service.project.root)

    service.start("--watch", "--on-event")
    second = service.project.medgraft("serve", "--watch")
    assert (second.returncode, "served already" in second.stderr) == (14, True)
    assert not service.states("event")
    assert emit(workspace, DATA_USED, {"domain": "target"}, lambda *_: None)
    waited = service.until(lambda: "Retrained" in service.states("event"))
    with capsys.disabled():
        print(f"\nevent to the end of the retraining: {waited:.1f} s")
    assert service.project.ran() == ["fit"]

    service.put("0.0")
    service.until(lambda: "Retrained" in service.states("watch"))
    assert service.project.ran() == ["fit"]

    service.put("300")
    service.until(lambda: "Running" in service.states("watch") and (root / "ran.log").exists())
    service.end(signal.SIGKILL)
    service.put("0")
    service.start("--every", "5")
    assert "ended process" in service.said()
    service.until(lambda: "Unchanged" in service.states("schedule"))
    states = service.states("watch") + service.states("event")
    assert "Running" not in states
    assert states.count("Crashed") == 1
    assert (root / "out.txt").read_text() == "0"
    assert sum(state in ("Pending", "Running") for state in service.states("schedule")) <= 1

    service.kill_server()
    service.until(lambda: not service.runs_now)
    assert "error: the Prefect server ended" in service.said()


@pytest.mark.parametrize(
    ("cron", "timezone", "every", "watch"),
    [(None, "UTC", None, False), (None, "Mars/Base", None, True), ("0 0 * * *", "UTC", 9.0, False)],
)
def test_occasions_that_make_no_sense_are_refused(
    cron: str | None, timezone: str, every: float | None, watch: bool
) -> None:
    with pytest.raises(UsageError):
        serve_command(cron, timezone, every, watch=watch, on_event=False)


def test_a_cron_expression_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    made: Project = make_project(tmp_path / "project", DVC_YAML)
    done = made.medgraft("serve", "--cron", "0 3 * *")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (made.root / ".medgraft" / "prefect" / "prefect.db").exists()
