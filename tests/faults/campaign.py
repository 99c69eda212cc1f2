"""Kills runs at random moments, and checks each time that the next run ends as if nothing had been.

The stages write a wrong output first and the right one at their end, so an output that was
certified too early, or written by two commands at once, has other bytes than an undisturbed run's.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.logbook import Logbook
from pipeline.run import RunRequest, run_pipeline
from tests.flow.projects import make_project, random_graph


@dataclass(frozen=True)
class Undisturbed:
    """What a run without faults leaves."""

    lock: bytes
    files: dict[str, bytes]
    seconds: float


class Campaign:
    """One project, killed again and again."""

    def __init__(self, root: Path, seed: int) -> None:
        os.environ["MEDGRAFT_SCHEDULER"] = "threads"
        root.mkdir(parents=True)
        os.chdir(root)
        self._dice = random.Random(seed)
        dvc_yaml, params = random_graph(seed, 10)
        slow = dvc_yaml.replace(" --out", " --sleep 0.05 --out")
        self.project = make_project(root, slow, params)
        self.expected = {value: self._undisturbed(value) for value in ("true", "false")}

    def _set(self, value: str) -> None:
        file = self.project.root / "params.yaml"
        file.write_text(re.sub(r"beta: \w+", f"beta: {value}", file.read_text()))

    def _undisturbed(self, value: str) -> Undisturbed:
        self.project.forget()
        self._set(value)
        start = time.monotonic()
        assert self._run() == 0
        return Undisturbed(self.project.lock(), self.project.hashes(), time.monotonic() - start)

    def kill_once(self) -> str:
        """Kills a run, or one of its commands, at a random moment; says what it did."""
        value = self._dice.choice(["true", "false"])
        if self._dice.random() < 0.5:
            self.project.forget()
        self._set(value)
        victim = self._dice.choice(["broker", "broker", "command"])
        number = self._dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
        moment = self._dice.uniform(0, self.expected[value].seconds)
        told = f"{victim} {signal.Signals(number).name} at {moment:.3f} s, beta {value}"
        process = self._fork()
        time.sleep(moment)
        for pid in ([process] if victim == "broker" else commands_of(self.project.root))[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        os.waitpid(process, 0)
        self._check(value, told)
        return told

    def _fork(self) -> int:
        """Starts a run in a process of its own, which has all imports done: half the time of a new one."""
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            os.setsid()
            log = os.open(self.project.root / "run.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            result = run_pipeline(self.project.root, RunRequest(jobs=3), Logbook())
            code = result.errors[0].exit_code if result.errors else 0
            for error in result.errors:
                print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(code)

    def _run(self) -> int:
        _, status = os.waitpid(self._fork(), 0)
        return os.waitstatus_to_exitcode(status)

    def _check(self, value: str, told: str) -> None:
        assert self._run() == 0, (told, (self.project.root / "run.log").read_text())
        assert commands_of(self.project.root) == [], f"an orphan is left: {told}"
        assert self.project.hashes() == self.expected[value].files, told
        assert self.project.lock() == self.expected[value].lock, f"another dvc.lock: {told}"
        for file in (self.project.root / ".dvc/cache/files").rglob("*"):
            assert not file.is_file() or b"unfinished" not in file.read_bytes(), f"certified: {told}"
        assert list((self.project.root / ".medgraft/running").glob("*")) == [], told

    def close(self) -> None:
        shutil.rmtree(self.project.root, ignore_errors=True)


def commands_of(root: Path) -> list[int]:
    """The stage commands that run in a project."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                at_home = (folder / "cwd").readlink() == root
                if at_home and b"work.py" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found
