"""A real workspace under `medgraft serve`: what is done to it, and what is seen of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from pipeline.lineage.listing import list_models
from pipeline.serving.address import address_file
from pipeline.workspace import Workspace as Place
from tests.flow.projects import clean_environment
from tests.functional.workspaces import make_workspace
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import striped

WAIT = 900.0
STRENGTH = 30
STARTED = {
    "state": {
        "type": {"any_": ["RUNNING", "PENDING", "CANCELLING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}
    }
}
ACTIVE = ("RUNNING", "PENDING", "CANCELLING")
ENDED = ("Retrained", "Unchanged", "Failed")
MOST_MEMORY, MOST_DATABASE = 1200, 60
"""Mebibytes of service and server together, and of the database: more is growth."""


@dataclass(frozen=True)
class Sight:
    """What is seen after an event; `wrong` is empty where all is as it should be."""

    runs: str
    champion: str
    predicts: str
    memory: str
    database: str
    wrong: str


class Served:
    """The workspace, its service, and hands to disturb both."""

    def __init__(self, root: Path, period: float, disk: Path | None) -> None:
        self.root, self.disk, self._period = root, disk, period
        self._workspace = make_workspace(root)
        self.target = root / "data/raw/target"
        self._log = root.parent.parent / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None
        shutil.rmtree(self.target)
        self.add(20)
        params = self._workspace.params
        params["grid"] |= {"strategies": ["scratch", "full"], "seeds": [0]}
        params["strategies"] = {"scratch": {"kind": "scratch"}, "full": {"kind": "full"}}
        params["run"] = {"retries": 0}
        self.finetune(epochs=3, learning_rate=0.002)
        (root / ".gitignore").write_text("/artifacts/\n/.medgraft/\n__pycache__/\n")
        commands = (
            "dvc add -q data/raw/target data/raw/formula",
            "git config user.name soak",
            "git config user.email soak@example.org",
            "git add -A",
            "git commit -q -m start",
        )
        for command in commands:
            subprocess.run(command.split(), cwd=root, check=True, env=clean_environment())

    def add(self, per_class: int, start: int = 0) -> None:
        for label, name in enumerate(("no", "yes")):
            for number in range(start, start + per_class):
                image = striped(1000 * label + number, label, STRENGTH)
                save(image, self.target / name / f"{number:03d}.png")

    def remove(self, count: int) -> None:
        for file in sorted((self.target / "no").glob("*.png"))[:count]:
            file.unlink()

    def modify(self, count: int) -> None:
        for number, file in enumerate(sorted((self.target / "no").glob("*.png"))[:count]):
            save(striped(5000 + number, 0, STRENGTH), file)

    def finetune(self, **values: float) -> None:
        self._workspace.params["finetune"] |= values
        self._workspace.write_params()

    def start(self) -> None:
        self.end()
        before = self.said().count("serving ")
        environment = clean_environment({"MEDGRAFT_RESUME_SECONDS": "0.2"})
        command = [sys.executable, "-m", "pipeline", "serve", "--every", f"{self._period:g}", "--watch"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.root, env=environment, stdout=log, stderr=log)
        self.until(lambda: self.said().count("serving ") > before)

    def end(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(120)

    def ends(self, seconds: float) -> bool:
        try:
            return self._process is not None and self._process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False

    def said(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def service(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def server(self) -> psutil.Process:
        return next(child for child in self.service().children() if "uvicorn" in child.cmdline())

    def retraining(self) -> psutil.Process | None:
        """The process of the cycle, where one is past its planning."""
        running = any((self.root / ".medgraft/running").glob("*/*"))
        for process in psutil.process_iter():
            if running and _says(process, "retrain", "--trigger"):
                return process
        return None

    def training(self) -> psutil.Process | None:
        for process in psutil.process_iter():
            try:
                held = any("running/finetune" in file.path for file in process.open_files())
                if held and os.getsid(process.pid) == process.pid:
                    return process
            except (psutil.Error, OSError):
                continue
        return None

    def states_of_trainings(self) -> list[Path]:
        return list((self.root / ".medgraft/resume").rglob("*.safetensors"))

    def fill(self) -> int:
        """Leaves less room than a checkpoint takes."""
        assert self.disk is not None
        filler = self.disk / "filler"
        room = os.statvfs(self.disk)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - (200 << 10))
        left = os.statvfs(self.disk)
        return left.f_bavail * left.f_frsize

    def free(self) -> None:
        if self.disk is not None:
            (self.disk / "filler").unlink(missing_ok=True)

    def until(self, holds: Callable[[], Any], seconds: float = WAIT) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return True
            time.sleep(0.1)
        return False

    def asked(self, what: str, **body: Any) -> list[dict[str, Any]]:
        url = address_file(Place(self.root)).read_text()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/{what}/filter", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return list(json.load(answer))

    def runs(self, since: float) -> list[dict[str, Any]]:
        """Runs of the retraining that started after a time, the last one first."""
        flows = {"name": {"any_": ["retrain"]}}
        try:
            found = self.asked("flow_runs", flows=flows, flow_runs=STARTED, sort="START_TIME_DESC")
        except OSError:
            return []
        return [run for run in found if (run["start_time"] and _at(run["start_time"]) >= since)]

    def settle(self, since: float, until: str, through: str | None, seconds: float) -> str:
        """Waits for what has to come; says what did not."""

        def settled() -> bool:
            # A run that had begun before may be the one that sees what happened.
            runs = _lately(self.runs(0), since)
            passed = [_at(run["end_time"]) for run in runs if run["state_name"] == through]
            if through and not passed:
                return False
            after = min(passed, default=since)
            return any(run["state_name"] == until and _at(run["start_time"]) >= after for run in runs)

        wanted = f"{through}, then {until}" if through else until
        return "" if self.until(settled, seconds) else f"no {wanted} in {seconds:.0f} s"

    def look(self, since: float, late: str, *, certain: bool = True) -> Sight:
        """Looks at runs, champion, memory and database.

        Args:
            since: Runs that ended since then are counted.
            late: What did not come in time.
            certain: Whether the server can write down what became of a run: on a full disk runs that are due
                stay due, and are judged when there is room again.
        """
        runs = self.runs(0)
        counted = Counter(run["state_name"] for run in _lately(runs, since))
        stale = _stale(runs)
        overdue = self.asked("flow_runs", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        piled = [run for run in overdue if _at(run["expected_start_time"]) < time.time() - 60]
        champion = next((m for m in list_models(self.root).models if m.champion), None)
        predicts = self.predict()
        megabytes = sum(p.memory_info().rss for p in (self.service(), self.server())) >> 20
        files = (self.root / ".medgraft/prefect").glob("prefect.db*")
        database = sum(file.stat().st_size for file in files) / (1 << 20)
        wrong = [late] if late else []
        wrong += [f"{len(stale)} stale runs"] if stale else []
        wrong += [f"{len(piled)} runs piled up"] if certain and len(piled) > 1 else []
        wrong += ["no champion"] if champion is None else []
        wrong += [] if predicts == "yes" else [predicts]
        wrong += ["memory"] if megabytes > MOST_MEMORY else []
        wrong += ["database"] if database > MOST_DATABASE else []
        shown = ", ".join(f"{count} {name}" for name, count in counted.items())
        version = f"v{champion.version}" if champion else "none"
        return Sight(shown, version, predicts, f"{megabytes} MB", f"{database:.1f} MB", "; ".join(wrong))

    def predict(self) -> str:
        """Takes the champion out of git and the cache, as another machine would, and asks it."""
        folder = self.root.parent.parent / "got"
        shutil.rmtree(folder, ignore_errors=True)
        python = [sys.executable, "-m"]
        get = [
            *python,
            "dvc",
            "artifacts",
            "get",
            str(self.root),
            "model",
            "--stage",
            "champion",
            "-o",
            str(folder),
        ]
        ask = ["predict", str(folder), str(self.target / "yes"), "-o", str(folder) + ".csv"]
        for command in (get, [*python, "pipeline", *ask]):
            done = subprocess.run(
                command, cwd=ROOT, env=clean_environment(), check=False, capture_output=True, text=True
            )
            if done.returncode:
                return f"no: {(done.stderr.strip().splitlines() or ['?'])[-1][:120]}"
        return "yes"


ROOT = Path(__file__).parents[1]


def _lately(runs: Sequence[dict[str, Any]], since: float) -> list[dict[str, Any]]:
    """Gives the runs that had not ended at a time."""
    return [run for run in runs if not run["end_time"] or _at(run["end_time"]) >= since]


def _stale(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gives runs that still count as active though a later one has ended: only one runs at a time."""
    ended = [_at(run["start_time"]) for run in runs if run["state_name"] in ENDED]
    latest = max(ended, default=0.0)
    return [run for run in runs if run["state_type"] in ACTIVE and _at(run["start_time"]) < latest]


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _says(process: psutil.Process, *words: str) -> bool:
    try:
        return all(word in process.cmdline() for word in words)
    except psutil.Error:
        return False
