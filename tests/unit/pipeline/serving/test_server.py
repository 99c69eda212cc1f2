"""A service does not outlive its Prefect server, whatever Prefect's runner makes of that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HANGING = """
import sys, time
from pathlib import Path
import psutil
from pipeline.serving import server
from pipeline.workspace import Workspace

server._GRACE_SECONDS = 0.3
server._wait = lambda *_: None
server.server_command = lambda: [sys.executable, "-c", "import time; time.sleep(60)"]
workspace = Workspace(Path(sys.argv[1]))
workspace.prepare()
with server.running_server(workspace):
    if sys.argv[2] == "killed":
        psutil.Process().children()[0].kill()
        time.sleep(60)
"""


@pytest.mark.parametrize(
    ("server", "code", "said"), [("killed", 12, "the Prefect server ended"), ("fine", 0, "")]
)
def test_a_service_that_hangs_over_a_dead_server_is_ended(
    tmp_path: Path, server: str, code: int, said: str
) -> None:
    command = [sys.executable, "-c", HANGING, str(tmp_path), server]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    assert said in done.stderr
    assert not (tmp_path / ".medgraft/prefect/serving.url").exists()
