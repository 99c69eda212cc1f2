"""The record that a run owes: noted before the first stage, so that a kill costs the model no record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.outcome import RunReport
from pipeline.plan import Plan
from pipeline.workspace import Workspace

STAGE = "package"
_MODEL = "artifacts/model/medgraft.json"


class DueRecord:
    """The lineage record of the model that a plan packages; none where it packages nothing."""

    def __init__(
        self, workspace: Workspace, plan: Plan, trigger: str | None, log: Callable[[str, str], None]
    ) -> None:
        """Fixes the gate's criteria before anything runs (the model they judge does not exist yet).

        Args:
            workspace: Where the run takes place.
            plan: What it is going to do.
            trigger: What asked for the run, where it was no person.
            log: Receives a line that names the record.

        Raises:
            ParamsError: If the section `gate` is not valid.
        """
        self._workspace, self._log = workspace, log
        self._packages = any(step.name == STAGE for step in plan.steps)
        self._owed = self._note.exists()
        self._started = now()
        if any(step.name == STAGE for step in plan.to_do):
            self._owe(trigger)

    @property
    def _note(self) -> Path:
        return self._workspace.state / "record.due"

    def _owe(self, trigger: str | None) -> None:
        from pipeline.lineage.criteria import load_criteria
        from pipeline.lineage.note import Note
        from stages.contracts.artifact import write_json

        criteria = load_criteria(self._workspace.root)
        write_json(Note(criteria=criteria, started_at=self._started, trigger=trigger), self._note)

    def settle(self, report: RunReport) -> None:
        """Writes the record, where the run ran or restored the model or an earlier one was killed.

        Args:
            report: What became of the stages, all of which are fine.

        Raises:
            MedgraftError: If the record cannot be made; it is then still owed.
        """
        if not self._packages or not self._note.exists():
            return
        outcomes = {stage.name: stage.outcome for stage in report.stages}
        made = self._owed or outcomes.get(STAGE) in ("ran", "restored")
        if made and (self._workspace.root / _MODEL).is_file():
            self._write(report)
        self._note.unlink()

    def _write(self, report: RunReport) -> None:
        from pipeline.lineage.making import make_record
        from pipeline.lineage.note import Note
        from pipeline.lineage.record import Observed
        from pipeline.lineage.shelf import write_record
        from stages.contracts.artifact import read_json

        note = read_json(Note, self._note)
        observed = Observed(
            written_at=now(),
            started_at=note.started_at,
            ended_at=now(),
            trigger=note.trigger,
            stage_seconds={
                stage.name: stage.seconds for stage in report.stages if stage.outcome in ("ran", "restored")
            },
        )
        record = make_record(self._workspace, observed, note.criteria)
        file = write_record(self._workspace.root, record)
        self._log("", f"lineage record: {file.relative_to(self._workspace.root)}")


def now() -> str:
    """Gives the time, UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
