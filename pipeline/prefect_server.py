"""Prefect's embedded server: a process of its own, from the first stage of a run to its last.

Prefect could start it itself, but only once it is imported, and within reach of a Ctrl-C that is
meant for the run: the run would then wait two minutes for a server that is gone.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from pipeline.processes.halt import Halt
from pipeline.processes.orphans import SPAWNING

START_SECONDS = 120.0
_PATIENCE_SECONDS = 5.0
_OWN = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


class EmbeddedServer:
    """A server that keeps its database in the workspace."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api"
        self._log = home / "server.log"
        with self._log.open("wb") as log, SPAWNING:
            self._process = subprocess.Popen(
                [*server_command(), "--port", str(port)],
                env={**os.environ, **_OWN},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Before Prefect is imported, so after it at the exit: it still sends its last log lines then.
        atexit.register(self.stop)

    def wait_until_ready(self, halt: Halt) -> None:
        """Waits until the server answers.

        Raises:
            RuntimeError: If it does not.
            StoppedError: If the run is to stop.
        """
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):  # noqa: S310 - our own server
                    return
            except (OSError, urllib.error.URLError):
                halt.wait(0.1)
        raise RuntimeError(f"its embedded server did not start, see {self._log}")

    def stop(self) -> None:
        """Ends the server."""
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def wants_embedded(state: Path) -> bool:
    """Tells whether the user has neither named a server nor a home of Prefect's own."""
    home = os.environ.get("PREFECT_HOME")
    return not os.environ.get("PREFECT_API_URL") and home == str(state / "prefect")


def free_port() -> int:
    """Finds a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_command() -> list[str]:
    """Gives the command that starts a server; its port is to be added."""
    app = ["--factory", "prefect.server.api.server:create_app", "--lifespan", "on"]
    return [sys.executable, "-m", "uvicorn", *app, "--host", "127.0.0.1", "--log-level", "error"]
