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
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.flow.projects import Project, make_project, random_graph

CERTIFIED = re.compile(r"unfinished")


@dataclass(frozen=True)
class Undisturbed:
    """What a run without faults leaves."""

    lock: bytes
    files: dict[str, bytes]
    seconds: float


class Campaign:
    """One project, killed again and again."""

    def __init__(self, root: Path, seed: int) -> None:
        self._dice = random.Random(seed)
        dvc_yaml, params = random_graph(seed, 12)
        slow = dvc_yaml.replace(" --out", " --sleep 0.1 --out")
        self.project = make_project(root, slow, params)
        self.expected = {value: self._undisturbed(value) for value in ("true", "false")}

    def _set(self, value: str) -> None:
        file = self.project.root / "params.yaml"
        file.write_text(re.sub(r"beta: \w+", f"beta: {value}", file.read_text()))

    def _undisturbed(self, value: str) -> Undisturbed:
        self.project.forget()
        self._set(value)
        start = time.monotonic()
        done = self.project.medgraft("run")
        assert done.returncode == 0, done.stderr
        return Undisturbed(self.project.lock(), self.project.hashes(), time.monotonic() - start)

    def kill_once(self) -> str:
        """Kills a run, or one of its commands, at a random moment; says what it did."""
        value = self._dice.choice(["true", "false"])
        if self._dice.random() < 0.5:
            self.project.forget()
        self._set(value)
        victim = self._dice.choice(["broker", "broker", "command"])
        number = self._dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
        moment = self._dice.uniform(0.6, 0.9 + self.expected[value].seconds)
        process = self.project.start("run")
        time.sleep(moment)
        self._strike(process, victim, number)
        process.stdout.close()
        process.stderr.close()
        process.wait(60)
        self._check(value)
        return f"{victim} {signal.Signals(number).name} at {moment:.2f} s"

    def _strike(self, process: subprocess.Popen[str], victim: str, number: int) -> None:
        pids = [process.pid] if victim == "broker" else commands_of(self.project.root)
        for pid in pids[:1]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def _check(self, value: str) -> None:
        done = self.project.medgraft("run")
        assert done.returncode == 0, done.stderr
        assert commands_of(self.project.root) == [], "no orphan is left"
        assert self.project.hashes() == self.expected[value].files
        lock = self.project.lock()
        assert lock == self.expected[value].lock, "dvc.lock is that of an undisturbed run"
        for file in (self.project.root / ".dvc/cache/files").rglob("*"):
            assert not file.is_file() or not CERTIFIED.search(file.read_text()), "no damaged output was certified"
        leftovers = list((self.project.root / ".medgraft/running").glob("*"))
        assert leftovers == []

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
