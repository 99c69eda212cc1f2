"""Puts data under DVC that arrived as a new pointer into the workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dvc.exceptions import CheckoutError, DvcException

from pipeline.repro.graph import open_repo
from pipeline.repro.remote import Remote, has_remote
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError


def check_out_sources(workspace: Workspace, pointers: Sequence[str], log: Callable[[str, str], None]) -> None:
    """Fetches what pointers name, and puts it in place of what was there.

    Args:
        workspace: The workspace, held by this process.
        pointers: `.dvc` files below its root.
        log: Receives a line for each.

    Raises:
        RemoteError: If the DVC remote cannot be read.
        DataError: If the data are nowhere, or those in place are not in the cache and would be lost.
    """
    repo = open_repo(workspace)
    try:
        remote = Remote(repo, log) if has_remote(repo) else None
        for pointer in pointers:
            stages = repo.stage.load_file(str(workspace.root / pointer))
            if remote:
                with repo.lock:
                    remote.fetch([out for stage in stages for out in stage.outs])
            _check_out(repo, pointer)
            log("", f"{pointer}: its data are in place")
    finally:
        repo.close()


def _check_out(repo: Any, pointer: str) -> None:
    try:
        repo.checkout(targets=[str(repo.root_dir) + "/" + pointer])
    except CheckoutError as error:
        raise DataError(
            f"the data that '{pointer}' names are missing",
            where=pointer,
            why="they are neither in the cache nor in the DVC remote",
            remedy="have them pushed (`medgraft run --push` where they were taken), and try again",
        ) from error
    except DvcException as error:
        raise DataError(
            f"the data that '{pointer}' names cannot be put in place",
            where=pointer.removesuffix(".dvc"),
            why="what is there now was never recorded, and would be lost",
            remedy="take it with `medgraft data use` on a branch of its own, or delete it",
        ) from error
