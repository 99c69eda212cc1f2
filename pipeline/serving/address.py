"""Where a workspace's Prefect server is, and what is said there of the workspace."""

from __future__ import annotations

import hashlib
import json
import os
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipeline.workspace import Workspace

DATA_USED = "medgraft.data.used"
RETRAINED = "medgraft.retrained"
_SECONDS = 5.0


def address_file(workspace: Workspace) -> Path:
    """Names the file in which `medgraft serve` says where its server is, while it has one."""
    return workspace.state / "prefect" / "serving.url"


def server_of(workspace: Workspace) -> str | None:
    """Gives the server's address: the one the user names, else that of `medgraft serve`."""
    named, file = os.environ.get("PREFECT_API_URL"), address_file(workspace)
    return named or (file.read_text(encoding="utf-8").strip() if file.exists() else None)


def resource_of(root: Path) -> str:
    """Names a workspace to Prefect; its path stays here."""
    return f"medgraft.workspace.{hashlib.sha256(str(root).encode()).hexdigest()[:16]}"


def emit(workspace: Workspace, event: str, payload: dict[str, str], log: Callable[[str, str], None]) -> bool:
    """Tells the server, if there is one, what happened; without importing Prefect, which takes two seconds.

    Returns:
        Whether it was told.
    """
    server = server_of(workspace)
    if not server:
        return False
    told = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": event,
        "resource": {"prefect.resource.id": resource_of(workspace.root)},
        "payload": payload,
    }
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(  # noqa: S310 - the user's own server
        f"{server.rstrip('/')}/events", data=json.dumps([told]).encode(), headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - as above
            return True
    except (OSError, ValueError) as error:
        log("", f"the Prefect server could not be told: {error}")
        return False
