"""`medgraft serve` in a workspace of one stage, with its Prefect server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from pipeline.serving.address import address_file
from pipeline.workspace import Workspace
from tests.flow.projects import clean_environment, make_project

DVC_YAML = """
stages:
  fit:
    cmd: echo fit >> ran.log; sleep $(cat data/raw/seconds); cp data/raw/seconds out.txt
    deps: [data/raw]
    outs: [out.txt]
"""


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
