"""Claims the files of a stage in DVC's own register, and mends the register after a kill."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

from dvc.rwlock import RWLOCK_FILE, rwlock

from pipeline.workspace import Workspace


def claim_paths(repo: Any, stage: Any) -> AbstractContextManager[None]:
    """Claims a stage's inputs for reading and its outputs for writing."""
    claim: AbstractContextManager[None] = rwlock(
        repo.tmp_dir,
        repo.fs,
        " ".join(sys.argv),
        [item.fs_path for item in stage.deps if item.protocol == "local"],
        [item.fs_path for item in stage.outs if item.protocol == "local"],
        repo.config["core"].get("hardlink_lock", False),
    )
    return claim


def mend_claims(workspace: Workspace, dead: int | None) -> None:
    """Drops the claims of a killed run, and a register that a kill left half written.

    Args:
        workspace: The workspace.
        dead: The process number of the killed run: another process may have it by now, and DVC
            would wait for that one.
    """
    file = workspace.root / ".dvc" / "tmp" / RWLOCK_FILE
    try:
        claims = json.loads(file.read_bytes())
    except FileNotFoundError:
        return
    except ValueError:
        file.unlink()
        return
    if dead is None:
        return
    with suppress(AttributeError, TypeError):
        file.write_text(json.dumps(dict(_alive(claims, dead))), encoding="utf-8")


def _alive(claims: dict[str, Any], dead: int) -> Iterator[tuple[str, Any]]:
    yield "write", {path: one for path, one in claims.get("write", {}).items() if one["pid"] != dead}
    read = {
        path: [one for one in readers if one["pid"] != dead]
        for path, readers in claims.get("read", {}).items()
    }
    yield "read", {path: readers for path, readers in read.items() if readers}
