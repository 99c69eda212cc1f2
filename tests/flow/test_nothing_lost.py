"""Whatever ends a run, the previous outputs are there, and nothing of it goes on in secret."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.projects import Project, as_report, stage, stop, two_branches, wait_for

Make = Callable[..., Project]


def trained(project: Make, seconds: float = 5.0) -> Project:
    """A project whose stage ran once, and would now run for long."""
    made = project("\n".join(["stages:", *stage("fit", ["out/fit.txt", "out/log.d"], ["data.txt"]), ""]))
    made.write(data__txt="one")
    made.run()
    text = (made.root / "dvc.yaml").read_text()
    made.write(dvc__yaml=text.replace("fit --out", f"fit --sleep {seconds} --out"), data__txt="two")
    (made.root / "ran.log").unlink()
    return made


def processes_of(made: Project) -> list[str]:
    """The processes that work in a project's folder."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if (folder / "cwd").readlink() == made.root and int(folder.name) != os.getpid():
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found


def test_a_failed_run_leaves_the_previous_outputs(project: Make) -> None:
    made = trained(project)
    before = made.hashes(), made.lock()
    text = (made.root / "dvc.yaml").read_text()
    made.write(dvc__yaml=text.replace("--sleep 5.0", "--sleep 0.1 nonsense"))
    assert made.report().outcome == "failed"
    assert (made.hashes(), made.lock()) == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_run_ends_its_stages_and_leaves_the_previous_outputs(
    project: Make, number: int, code: int
) -> None:
    made = trained(project)
    before = made.hashes(), made.lock()
    process = made.start("run", "--json")
    wait_for(made.root / "ran.log")
    start = time.monotonic()
    out, err = stop(process, number)
    assert time.monotonic() - start < 4
    assert process.returncode == code
    assert as_report(out).outcome == "failed"
    assert "run again" in err
    assert (made.hashes(), made.lock()) == before
    assert processes_of(made) == []


def test_a_killed_run_leaves_an_orphan_that_the_next_command_ends_and_old_outputs_that_it_puts_back(
    project: Make,
) -> None:
    made = trained(project, 60)
    before = made.hashes(), made.lock()
    process = made.start("run")
    wait_for(made.root / "ran.log")
    time.sleep(0.2)
    stop(process, signal.SIGKILL)
    assert len(processes_of(made)) == 1
    assert made.hashes() != before[0]
    done = made.medgraft("status")
    assert "ended process" in done.stderr
    assert "its old outputs are back" in done.stderr
    assert processes_of(made) == []
    assert (made.hashes(), made.lock()) == before


def test_an_orphan_that_hides_in_another_session_is_ended_too(project: Make) -> None:
    made = project("stages:\n  one:\n    cmd: touch ran.log; setsid sleep 60; touch a\n    outs: [a]\n")
    process = made.start("run")
    wait_for(made.root / "ran.log")
    time.sleep(0.2)
    stop(process, signal.SIGKILL)
    made.medgraft("status")
    assert processes_of(made) == []


def test_a_dvc_lock_that_was_damaged_is_restored_with_a_message(project: Make) -> None:
    made = project(two_branches(0))
    made.run()
    before = made.lock()
    (made.root / "dvc.lock").write_bytes(before[: len(before) // 2] + b"\n  - {")
    done = made.medgraft("run", "--json")
    assert "dvc.lock was damaged" in done.stderr
    assert as_report(done.stdout).outcome == "up-to-date"
    assert made.lock() == before


def test_a_register_of_claims_that_a_kill_left_half_written_is_mended(project: Make) -> None:
    made = project(two_branches(0))
    made.run()
    claims = made.root / ".dvc" / "tmp" / "rwlock"
    claims.write_text('{"write": {"')
    assert made.report().outcome == "up-to-date"


def test_a_claim_of_a_killed_run_does_not_bind_who_has_its_number_now(project: Make) -> None:
    made = project(two_branches(0))
    made.run()
    dead = {"pid": os.getppid(), "cmd": "medgraft run"}
    claims = {"write": {str(made.root / "out/a0.txt"): dead}, "read": {}}
    (made.root / ".dvc" / "tmp" / "rwlock").write_text(json.dumps(claims))
    holder = {"pid": os.getppid(), "host": "h", "started": "s", "command": "c"}
    (made.root / ".medgraft" / "run.lock").write_text(json.dumps(holder))
    assert made.run(forced=("a0",)).report.outcome == "done"


def test_a_second_run_is_refused_at_once_and_names_the_first(project: Make) -> None:
    made = trained(project, 300)
    process = made.start("run", "--json")
    wait_for(made.root / "ran.log")
    second = made.medgraft("run")
    assert second.returncode == 14
    assert f"process {process.pid} on " in second.stderr
    assert "medgraft run --json" in second.stderr
    assert process.poll() is None
    stop(process, 15)
    assert process.returncode == 143


def test_status_may_be_asked_while_a_run_works(project: Make) -> None:
    made = trained(project, 3)
    process = made.start("run")
    wait_for(made.root / "ran.log")
    asked = made.medgraft("status", "--json")
    assert asked.returncode == 0
    assert process.wait(30) == 0


def test_dvc_repro_during_a_run_is_refused_the_stage_that_runs_and_spoils_nothing(project: Make) -> None:
    made = trained(project, 3)
    process = made.start("run", "--json")
    wait_for(made.root / "ran.log")
    dvc = subprocess.run(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=made.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert dvc.returncode != 0
    assert "is busy" in dvc.stderr
    out, _ = process.communicate(timeout=30)
    assert as_report(out).outcome == "done"
    assert made.repro() == []


def test_a_run_waits_for_the_stage_that_dvc_repro_is_working_on(project: Make) -> None:
    made = trained(project, 2)
    dvc = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=made.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_for(made.root / "ran.log")
    report = as_report(made.medgraft("run", "--json").stdout)
    assert [stage.outcome for stage in report.stages] == ["up-to-date"]
    assert dvc.wait(30) == 0
    assert made.ran() == ["fit"]


def test_a_workspace_reached_through_a_link_is_the_same_workspace(project: Make, tmp_path: Path) -> None:
    made = trained(project, 5)
    link = tmp_path / "link"
    link.symlink_to(made.root)
    process = made.start("run", "--json")
    wait_for(made.root / "ran.log")
    through = Project(link)
    assert through.medgraft("run").returncode == 14
    process.communicate(timeout=30)
    assert as_report(through.medgraft("run", "--json").stdout).outcome == "up-to-date"
