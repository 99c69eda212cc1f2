"""What a run did: one report for people and one for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Outcome = Literal["up-to-date", "restored", "ran", "failed", "not-run"]


@dataclass(frozen=True)
class StageReport:
    """What happened to one stage."""

    name: str
    outcome: Outcome
    seconds: float
    why: tuple[str, ...] = ()
    """Why it was not up to date, or why it failed or was not run."""


@dataclass(frozen=True)
class RunReport:
    """What happened to all of them."""

    outcome: Literal["done", "up-to-date", "failed"]
    seconds: float
    stages: tuple[StageReport, ...]


@dataclass(frozen=True)
class ChangeReport:
    """How many cases of a folder changed since a stage last saw it."""

    path: str
    added: int
    removed: int
    modified: int


@dataclass(frozen=True)
class StageStatus:
    """What a run would do with one stage."""

    name: str
    state: Literal["up-to-date", "changed", "waiting"]
    why: tuple[str, ...] = ()
    changes: tuple[ChangeReport, ...] = ()


@dataclass(frozen=True)
class StatusReport:
    """What a run would do."""

    outcome: Literal["up-to-date", "changed"]
    stages: tuple[StageStatus, ...]


def overall(stages: tuple[StageReport, ...]) -> Literal["done", "up-to-date", "failed"]:
    """Sums the outcomes of the stages up."""
    outcomes = {stage.outcome for stage in stages}
    if outcomes & {"failed", "not-run"}:
        return "failed"
    return "done" if outcomes & {"ran", "restored"} else "up-to-date"


def to_json(report: RunReport | StatusReport) -> str:
    """Writes a report as one JSON object on one line."""
    return json.dumps(asdict(report), ensure_ascii=False)
