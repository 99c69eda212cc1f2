"""Stages that are forks of a preloaded process are like any other stage."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.flow.projects import Project, as_report, wait_for
from tests.flow.test_nothing_lost import processes_of

Make = Callable[..., Project]
MODULE = """\
import os, pathlib, sys, time
import colorsys
name, seconds = sys.argv[1:]
pathlib.Path("ran.log").open("a").write(f"{name} {'colorsys' in sys.modules}\\n")
pathlib.Path("forked").open("a").write(f"{os.getppid()}\\n")
out = pathlib.Path("out", name + ".txt")
out.write_text("unfinished")
time.sleep(float(seconds))
if seconds == "0.07":
    print("error: bad\\n  where:  x\\n  why:    y\\n  remedy: z", file=sys.stderr)
    sys.exit(11)
out.write_text(name)
"""


def forking(project: Make, seconds: str = "0.05", packages: str = "[json]") -> Project:
    """First a stage that lasts until the server is up, then three that are forked."""
    text = "stages:\n  wait:\n    cmd: sleep 1.5; echo > out/wait.txt\n    outs:\n    - out/wait.txt\n"
    for name in "abc":
        text += f"  {name}:\n    cmd: python -m stages.work {name} {seconds}\n"
        text += f"    deps:\n    - out/wait.txt\n    - stages/work.py\n    outs:\n    - out/{name}.txt\n"
    made = project(text, f"run:\n  preload: {packages}\n")
    for folder in ("stages", "out"):
        (made.root / folder).mkdir()
    (made.root / "stages" / "__main__.py").write_text("")
    (made.root / "stages" / "work.py").write_text(MODULE)
    return made


def parents(made: Project) -> set[str]:
    """The processes that started the stages' commands."""
    return set((made.root / "forked").read_text().split())


def test_forked_stages_leave_what_others_leave(project: Make) -> None:
    made = forking(project)
    assert as_report(made.medgraft("run", "--json").stdout).outcome == "done"
    ours, files = made.lock(), made.hashes()
    assert len(parents(made)) == 1, "the server started all three"
    made.forget()
    (made.root / "out").mkdir()
    made.repro()
    assert (made.lock(), made.hashes()) == (ours, files)


def test_a_failure_of_a_forked_stage_has_its_exit_code_and_its_block(project: Make) -> None:
    made = forking(project, "0.07")
    done = made.medgraft("run")
    assert done.returncode == 11
    assert "error: bad\n  where:  x\n  why:    y\n  remedy: z" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_forked_stages_end_with_a_stopped_run_and_after_a_killed_one(project: Make, number: int) -> None:
    made = forking(project, "60")
    process = made.start("run")
    wait_for(made.root / "forked")
    time.sleep(0.3)
    process.send_signal(number)
    process.wait(30)
    if number == signal.SIGKILL:
        made.medgraft("status")
    time.sleep(0.2)
    assert processes_of(made) == []
    assert not list((made.root / "out").glob("[abc].txt"))
