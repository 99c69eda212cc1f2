"""The Prefect flow of a retraining: `medgraft retrain` as a process of its own.

A process of its own gives memory back, gets its signals, and starts no training where nothing changed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed, Failed

from pipeline.serving.alarm import tell
from pipeline.serving.backlog import close_the_dead, drop_the_missed
from stages.contracts.errors import WorkspaceHeldError

NAME = "retrain"


@flow(name=NAME, persist_result=False, validate_parameters=False)
def retrain_flow(root: str = ".", asked_by: str = "schedule") -> Any:
    """Retrains a workspace if that is due.

    Args:
        root: The workspace.
        asked_by: What started it; it goes into the record of what is made.

    Returns:
        A state: completed with what came of it, or failed with the first error.
    """
    close_the_dead()
    drop_the_missed()
    command = [sys.executable, "-m", "pipeline", "retrain", "--json", "--trigger", asked_by]
    process = subprocess.Popen(
        command,
        cwd=Path(root).resolve(),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = _Lines(process)
    with _ForwardedTermination(process):
        out = process.stdout.read() if process.stdout else ""
        code = process.wait()
    _tell(out)
    return _state(code, out, lines.end())


def _tell(out: str) -> None:
    """Tells of what was decided; of failures the automation tells, and of a kill it alone can."""
    cycle = json.loads(out) if out.strip() else {}
    if cycle.get("block") and cycle["outcome"] == "retrained":
        subject, _, body = cycle["notice"].partition("\n")
        tell(cycle["block"], subject, body, lambda _, line: get_run_logger().warning(line))


def _environment() -> dict[str, str]:
    """Lets the run's own flow report to the same server."""
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    return {**os.environ, **({"PREFECT_API_URL": url} if url else {})}


def _state(code: int, out: str, last: str) -> Any:
    if code == WorkspaceHeldError.exit_code:
        return Completed(name="Skipped", message="another run holds the workspace")
    if code:
        return Failed(message=f"exit code {code}: {last}")
    cycle = json.loads(out)
    text = "; ".join(part for part in (cycle["outcome"], cycle["changes"], cycle["decision"]) if part)
    return Completed(name=cycle["outcome"].capitalize(), message=text)


class _Lines:
    """Passes what the process says on to Prefect's log, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._logger, self._error = process, get_run_logger(), ""
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._process.stderr or ():
            text = line.rstrip()
            self._logger.info(text)
            if text.startswith("error: "):
                self._error = text.removeprefix("error: ")

    def end(self) -> str:
        """Gives the last error that was said."""
        self._thread.join(5)
        return self._error


class _ForwardedTermination:
    """Passes a SIGTERM on, and waits: the run puts its old outputs back before it ends."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._before: Any = None

    def __enter__(self) -> None:
        def handle(number: int, frame: FrameType | None) -> None:
            self._process.send_signal(number)
            self._process.wait()
            if callable(self._before):
                self._before(number, frame)

        self._before = signal.signal(signal.SIGTERM, handle)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
