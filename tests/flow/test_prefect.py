"""The flow as Prefect's users know it; one server for all tests here."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.flow.projects import Project, as_report, make_project, stage, stop, two_branches, wait_for
from tests.flow.test_nothing_lost import processes_of

pytestmark = pytest.mark.slow


@pytest.fixture
def made(project: Callable[..., Project]) -> Project:
    text = "\n".join(
        [
            "stages:",
            *stage("fit", ["out/fit.txt", "out/fit.json", "out/fit.csv"], []),
            *stage("bad", ["out/bad.txt"], [])[:1],
            "    cmd: echo that was wrong; exit 11",
            "    outs: [out/bad.txt]",
            *stage("after", ["out/after.txt"], ["out/bad.txt"]),
            "",
        ]
    )
    return project(text)


def test_a_flow_has_a_task_per_stage_with_its_lines_tags_and_artifacts(server: str, made: Project) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    done = made.medgraft("run", "--json", MEDGRAFT_SCHEDULER="prefect", PREFECT_API_URL=server)
    assert done.returncode == 11
    outcomes = {stage.name: stage.outcome for stage in as_report(done.stdout).stages}
    assert outcomes == {"fit": "ran", "bad": "failed", "after": "not-run"}
    assert "[bad] that was wrong" in done.stderr
    assert "Traceback" not in done.stderr
    with get_client(sync_client=True) as client:
        (flow,) = [run for run in client.read_flow_runs() if run.name.startswith("project: ")]
        assert flow.state is not None
        assert flow.state.type.value == "FAILED"
        tasks = {task.name: task for task in client.read_task_runs() if task.flow_run_id == flow.id}
        assert {name: task.state_type and task.state_type.value for name, task in tasks.items()} == {
            "fit": "COMPLETED",
            "bad": "FAILED",
            "after": "PENDING",
        }
        assert {"fit", "medgraft", f"workspace:{made.root}"} == set(tasks["fit"].tags)
        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[flow.id]))
        messages = [log.message for log in client.read_logs(wanted)]
        assert "fit starts" in messages
        assert "that was wrong" in messages
        artifacts = {a["key"] for a in client._client.post("/artifacts/filter", json={}).json()}
        assert {"metrics-out-fit-json", "plot-out-fit-csv", "medgraft-stages"} <= artifacts


def test_a_stopped_run_is_cancelled_in_prefect_too(server: str, project: Callable[..., Project]) -> None:
    from prefect.client.orchestration import get_client

    made = project("stages:\n  long:\n    cmd: touch ran.log; sleep 60\n    outs: [a]\n", name="stopped")
    process = made.start("run", MEDGRAFT_SCHEDULER="prefect", PREFECT_API_URL=server)
    wait_for(made.root / "ran.log")
    with get_client(sync_client=True) as client:
        for _ in range(200):
            if any(run.name.startswith("stopped: ") for run in client.read_flow_runs()):
                break
            time.sleep(0.1)
        time.sleep(0.5)
        stop(process, 15)
        assert process.returncode == 143
        (flow,) = [run for run in client.read_flow_runs() if run.name.startswith("stopped: ")]
        assert flow.state is not None
        assert flow.state.type.value == "CANCELLED"
    assert processes_of(made) == []


def test_the_embedded_server_needs_no_set_up_and_ends_with_the_run(tmp_path: Path) -> None:
    made = make_project(tmp_path / "project", two_branches(0.1))
    done = made.medgraft("run", "--json", MEDGRAFT_SCHEDULER="prefect")
    assert done.returncode == 0
    assert as_report(done.stdout).outcome == "done"
    assert (made.root / ".medgraft" / "prefect").is_dir()
    assert processes_of(made) == []


def told_to(database: Path) -> list[str]:
    """The lines of stages that a server has in its database."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
            return [row[0] for row in opened.execute("select message from log where message like 'line %'")]
    except sqlite3.Error:
        return []


def test_lines_of_a_stage_that_began_before_prefect_go_to_the_one_server_of_the_run(tmp_path: Path) -> None:
    """They come from a thread that Prefect knows nothing of; it would start another server for them."""
    command = "n=0; until test -e enough; do n=$((n+1)); echo line $n; sleep 1; done; echo > a"
    made = make_project(tmp_path / "project", f"stages:\n  said:\n    cmd: {command}\n    outs: [a]\n")
    process = made.start("run", MEDGRAFT_SCHEDULER="prefect")
    most, end = 0, time.monotonic() + 120
    while process.poll() is None:
        most = max(most, sum("uvicorn" in line for line in processes_of(made)))
        if len(told_to(made.root / ".medgraft/prefect/prefect.db")) > 3 or time.monotonic() > end:
            (made.root / "enough").touch()
        time.sleep(0.2)
    assert (process.returncode, most) == (0, 1)
    assert processes_of(made) == []
    assert len(told_to(made.root / ".medgraft/prefect/prefect.db")) > 3


def test_the_embedded_server_of_a_killed_run_is_ended_by_the_next_command(tmp_path: Path) -> None:
    made = make_project(tmp_path / "project", "stages:\n  long:\n    cmd: sleep 90\n    outs: [a]\n")
    process = made.start("run", MEDGRAFT_SCHEDULER="prefect")
    end = time.monotonic() + 60
    while not any("uvicorn" in line for line in processes_of(made)) and time.monotonic() < end:
        time.sleep(0.1)
    process.kill()
    process.wait(30)
    assert processes_of(made)
    made.medgraft("status")
    assert processes_of(made) == []


def test_a_run_goes_on_where_prefect_cannot_start(tmp_path: Path) -> None:
    made = make_project(tmp_path / "project", two_branches(0.1))
    done = made.medgraft(
        "run", "--json", MEDGRAFT_SCHEDULER="prefect", PREFECT_API_URL="http://127.0.0.1:9/api"
    )
    assert done.returncode == 0
    assert "Prefect could not start" in done.stderr
    assert as_report(done.stdout).outcome == "done"


def test_prefect_is_imported_without_compiling_the_grammar_of_a_format_that_nobody_checks() -> None:
    # jsonschema imports rfc3987_syntax where it is installed: seconds in each process that imports Prefect.
    code = "import sys, prefect; assert not {'lark', 'rfc3987_syntax'} & sys.modules.keys()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["run"]])
def test_what_runs_nothing_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    made = make_project(tmp_path / "project", two_branches(0))
    assert made.medgraft("run").returncode == 0
    code = (
        "import sys, pipeline.__main__ as m\n"
        f"sys.argv = ['medgraft', *{arguments!r}]\n"
        "try:\n    m.main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "assert not {'prefect', 'torch', 'monai', 'pandas'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=made.root, check=True, capture_output=True, timeout=60)
