"""Scheduled retraining as its users run it: one service, one real Prefect server, from event to restart."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.serving.address import DATA_USED, emit
from pipeline.serving.command import serve_command
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError
from tests.flow.projects import Project, make_project
from tests.flow.service import DVC_YAML, Service
from tests.flow.test_nothing_lost import processes_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


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
