"""Sets the process up so that nothing phones home and every state file stays in the workspace."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stages.contracts.previous import LISTINGS, PREVIOUS

if TYPE_CHECKING:
    from pipeline.shelf import Shelf

_QUIET = {
    "DVC_NO_ANALYTICS": "1",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}
_IDLE_SERVICES = (
    "CANCELLATION_CLEANUP",
    "FOREMAN",
    "LATE_RUNS",
    "SCHEDULER",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
    "TRIGGERS",
)

_RETENTION = {
    "SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",  # Prefect alone would keep every run for ever
    "SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 86400),
}
"""How long a server that stays keeps runs, with their logs: 30 days in seconds. Events it keeps for seven."""


def silence_telemetry() -> None:
    """Switches the telemetry of DVC and Prefect off, for this process and its children."""
    os.environ.update(_QUIET)
    # Read when the libraries are loaded, so a fork of a preloaded process can no longer be told.
    os.environ.update(_sleeping_threads())


def _sleeping_threads() -> dict[str, str]:
    """Has idle threads of OpenMP and OpenBLAS leave the cores to others, unless the user says how."""
    wanted = {
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_THREAD_TIMEOUT": "4",  # they spin for 2 to the power of it cycles
    }
    return {name: os.environ.get(name, value) for name, value in wanted.items()}


def settle_prefect(state: Path) -> None:
    """Keeps Prefect's database in the workspace and its messages off the terminal.

    What the user has set stays as it is. The services that an embedded server of one run has no
    use for are off: they cost a second of its start.
    """
    wanted = {
        "PREFECT_HOME": str(state / "prefect"),
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    }
    if not os.environ.get("PREFECT_API_URL"):
        wanted |= {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _IDLE_SERVICES}
        wanted["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def settle_service(state: Path) -> None:
    """Keeps the database of a server that stays in the workspace, and its messages off the terminal."""
    os.environ.setdefault("PREFECT_HOME", str(state / "prefect"))
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "false")
    for name, value in _RETENTION.items():
        os.environ.setdefault(f"PREFECT_SERVER_{name}", value)


def command_environment(stage: str, root: Path, shelf: Shelf) -> dict[str, str]:
    """Gives the environment of a stage's command.

    Args:
        stage: The stage's name, which DVC also passes on.
        root: The workspace.
        shelf: Where the stage's old outputs lie, and what its inputs hold.

    Returns:
        The environment DVC would give, with our own Python first in the path.
    """
    ours = {
        "DVC_ROOT": os.environ.get("DVC_ROOT", str(root)),
        "DVC_STAGE": stage,
        PREVIOUS: str(shelf.previous),
        LISTINGS: str(shelf.listings),
        **_sleeping_threads(),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }
    return {**os.environ, **ours}
