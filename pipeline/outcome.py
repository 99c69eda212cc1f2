"""What a run did: one report for people and one for programs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["up-to-date", "restored", "ran", "failed", "not-run"]


class Report(BaseModel):
    """Base of the reports: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StageReport(Report):
    """What happened to one stage."""

    name: str
    outcome: Outcome
    seconds: float
    why: tuple[str, ...] = ()
    """Why it was not up to date, or why it failed or was not run."""


class RunReport(Report):
    """What happened to all of them."""

    outcome: Literal["done", "up-to-date", "failed"]
    seconds: float
    stages: tuple[StageReport, ...]


class ChangeReport(Report):
    """How many cases of a folder changed since a stage last saw it."""

    path: str
    added: int
    removed: int
    modified: int


class StageStatus(Report):
    """What a run would do with one stage."""

    name: str
    state: Literal["up-to-date", "changed", "waiting"]
    why: tuple[str, ...] = ()
    changes: tuple[ChangeReport, ...] = ()


class StatusReport(Report):
    """What a run would do."""

    outcome: Literal["up-to-date", "changed"]
    stages: tuple[StageStatus, ...]


def overall(stages: tuple[StageReport, ...]) -> Literal["done", "up-to-date", "failed"]:
    """Sums the outcomes of the stages up."""
    outcomes = {stage.outcome for stage in stages}
    if outcomes & {"failed", "not-run"}:
        return "failed"
    return "done" if outcomes & {"ran", "restored"} else "up-to-date"
