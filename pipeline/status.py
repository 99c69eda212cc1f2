"""`medgraft status`: what a run would do, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.outcome import ChangeReport, StageStatus, StatusReport
from pipeline.plan import Step
from pipeline.processes.halt import Halt
from pipeline.recovery import recover
from pipeline.repro.broker import Broker
from pipeline.workspace import Workspace
from stages.contracts.errors import WorkspaceHeldError


def read_status(root: Path, log: Callable[[str, str], None]) -> StatusReport:
    """Says what `medgraft run` would do; it also puts right what a killed run left."""
    workspace = Workspace(root)
    try:
        with workspace.held() as dead:
            recover(workspace, dead, log)
    except WorkspaceHeldError as error:
        log("", f"{error.what}: {error.why}")
    broker = Broker(workspace, Halt(), log)
    try:
        stages = tuple(_stage(step) for step in broker.plan() if not _is_quiet(step))
    finally:
        broker.close()
    changed = any(stage.state != "up-to-date" for stage in stages)
    return StatusReport(outcome="changed" if changed else "up-to-date", stages=stages)


def _is_quiet(step: Step) -> bool:
    return step.is_source and step.state == "up-to-date"


def _stage(step: Step) -> StageStatus:
    changes = tuple(
        ChangeReport(
            path=change.path,
            added=len(change.added),
            removed=len(change.removed),
            modified=len(change.modified),
        )
        for change in step.changes
    )
    return StageStatus(name=step.name, state=step.state, why=step.why, changes=changes)
