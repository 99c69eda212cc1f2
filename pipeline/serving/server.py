"""The Prefect server of `medgraft serve`: its database stays in the workspace when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from pipeline.prefect_server import free_port, server_command
from pipeline.processes.orphans import SERVE_MARK, end_served
from pipeline.serving.address import address_file
from pipeline.workspace import Workspace
from stages.contracts.errors import StageError

_START_SECONDS = 600.0
_PATIENCE_SECONDS = 10.0
_GRACE_SECONDS = 30.0
"""How long Prefect's runner may take to give up on a server that is gone: three polls, as a rule."""
_KEPT_LOG_BYTES = 5_000_000


@contextmanager
def running_server(workspace: Workspace) -> Iterator[str]:
    """Runs a server, or takes the one that PREFECT_API_URL names; gives its address.

    Raises:
        StageError: If it does not start, or ends before the body does: Prefect's runner gives up then.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named:
        yield named
        return
    home, file = workspace.state / "prefect", address_file(workspace)
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{(port := free_port())}/api"
    process, left = _start(home, port, workspace), Event()
    Thread(target=_outlive, args=(process, workspace, left), name="server's end", daemon=True).start()
    try:
        _wait(process, url, home)
        file.write_text(url, encoding="utf-8")
        yield url
    except Exception as error:
        if process.poll() is None or isinstance(error, StageError):
            raise
        raise _ended(process, home) from error
    finally:
        file.unlink(missing_ok=True)
        if process.poll() is None:
            left.set()
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _outlive(process: subprocess.Popen[bytes], workspace: Workspace, left: Event) -> None:
    """Ends this process where Prefect's runner does not see that its server is gone, or hangs over it."""
    process.wait()
    if left.wait(_GRACE_SECONDS):
        return
    address_file(workspace).unlink(missing_ok=True)
    sys.stderr.write(f"{_ended(process, workspace.state / 'prefect')}\n")
    sys.stderr.flush()
    try:
        end_served(workspace.root)
    finally:
        os._exit(StageError.exit_code)


def _ended(process: subprocess.Popen[bytes], home: Path) -> StageError:
    return StageError(
        "the Prefect server ended",
        where=str(home / "serving.log"),
        why=f"its exit status is {process.returncode}: it was killed, or failed",
        remedy="start `medgraft serve` again, or let systemd do so (`Restart=on-failure`): nothing is lost",
    )


def _start(home: Path, port: int, workspace: Workspace) -> subprocess.Popen[bytes]:
    file = home / "serving.log"
    if file.exists() and file.stat().st_size > _KEPT_LOG_BYTES:
        file.replace(home / "serving.log.old")
    with file.open("ab") as log:
        return subprocess.Popen(
            [*server_command(), "--port", str(port)],
            env={**os.environ, "PREFECT_UI_ENABLED": "0", SERVE_MARK: str(workspace.root)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait(process: subprocess.Popen[bytes], url: str, home: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - our own server
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise StageError(
        "the Prefect server did not start",
        where=str(home / "serving.log"),
        why="it ended" if process.poll() is not None else f"it did not answer in {_START_SECONDS:.0f} s",
        remedy="see its log; a damaged database can be moved away: the workspace's own state is not in it",
    )
