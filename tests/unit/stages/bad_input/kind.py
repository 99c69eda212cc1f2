"""A kind of bad input: how healthy raw data are spoilt, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from stages.contracts.findings import Severity
from tests.unit.stages.bad_input.healthy import folder
from tests.unit.stages.runs import Workspace

Act = Callable[[Workspace], object]


@dataclass(frozen=True)
class Kind:
    """One row of the table.

    Attributes:
        name: What is bad, in a few words; unique.
        spoil: Does it to a workspace whose healthy raw data were ingested (and prepared, if `stage` says so).
        code: Exit code.
        finding: Kind of the finding, where the run goes on; None where nothing is to be said.
        severity: Of the finding.
        cases: That are at fault: of the finding, or to be named in the error.
        healthy: Makes the raw data.
        stage: That is run on the bad input.
        params: Of that stage, changed after the healthy run.
    """

    name: str
    spoil: Act
    code: int = 0
    finding: str | None = None
    severity: Severity = "warning"
    cases: tuple[str, ...] = ()
    healthy: Act = folder
    stage: Literal["ingest", "prepare"] = "ingest"
    params: dict[str, Any] = field(default_factory=dict)


def nothing(workspace: Workspace) -> None:
    """Leaves the raw data as they are."""
