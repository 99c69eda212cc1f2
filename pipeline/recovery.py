"""Puts right what a killed run left: orphans, old outputs that lie aside, a damaged dvc.lock."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from urllib.parse import unquote

from pipeline.leftovers import sweep
from pipeline.processes.orphans import end_helpers, end_orphans
from pipeline.repro.claim import mend_claims
from pipeline.repro.lock import mend_lock
from pipeline.shelf import Shelf
from pipeline.workspace import Holder, Workspace


def recover(workspace: Workspace, dead: Holder | None, log: Callable[[str, str], None]) -> None:
    """Brings the workspace to the state before the stages that a kill interrupted.

    Orphans go first: nothing is written while a command of a killed run may still write.

    Args:
        workspace: The workspace, held by this process.
        dead: The run that was killed, if one was.
        log: Receives a line for each thing put right.
    """
    if workspace.shelves.is_dir():
        shelves = [Shelf(workspace, unquote(folder.name)) for folder in sorted(workspace.shelves.iterdir())]
        for shelf in shelves:
            ended = end_orphans(shelf)
            if ended:
                log("", f"ended process {', '.join(map(str, ended))}, left by a killed run of {shelf.stage}")
        journals = [shelf.journal() for shelf in shelves]
        sweep(workspace, [output.path for journal in journals if journal for output in journal.outputs])
        for shelf, journal in zip(shelves, journals, strict=True):
            shelf.put_back()
            if journal:
                log("", f"{journal.stage} was interrupted: its old outputs are back")
    if dead:
        end_helpers(dead.mark(workspace.root))
    mend_claims(workspace, dead.pid if dead else None)
    message = mend_lock(workspace.root / "dvc.lock", workspace)
    if message:
        log("", message)
    for leftover in (workspace.trash, workspace.incoming):
        shutil.rmtree(leftover, ignore_errors=True)
