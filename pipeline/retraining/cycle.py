"""The cycle of a retraining: take changes, see what is due, run, decide, tell."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.logbook import Logbook
from pipeline.outcome import StatusReport
from pipeline.repro.remote import is_remote_set
from pipeline.retraining.changes import share_commits, take_changes
from pipeline.retraining.decision import decide, is_pending, when_trained
from pipeline.retraining.notice import Notice, describe_run, post
from pipeline.retraining.publication import REPORT, publish
from pipeline.retraining.settings import RetrainSettings, load_settings
from pipeline.retraining.surveillance import watch_champion
from pipeline.retraining.triggers import describe_changes, find_triggers
from pipeline.run import RunRequest, run_pipeline
from pipeline.status import read_status
from pipeline.workspace import Workspace
from stages.contracts.errors import MedgraftError, RemoteError

INGEST = "ingest"


@dataclass(frozen=True)
class Cycle:
    """What a retraining came to."""

    outcome: Literal["unchanged", "waiting", "retrained", "failed"]
    asked_by: str
    """What started it: a person, the schedule, a change of files, an event."""
    due: tuple[str, ...] = ()
    """What made it due, each in words."""
    changes: str = ""
    done: str = ""
    verdict: str = ""
    decision: str = ""
    identity: str | None = None
    """Of the model that was made."""
    seconds: float = 0.0
    notice: str = ""
    """What people are told; empty where there is nothing to tell."""
    block: str | None = None
    """The Prefect block through which the served flow tells them."""


@dataclass(frozen=True)
class Retraining:
    """One retraining of a workspace.

    Attributes:
        root: The workspace.
        asked_by: What started it.
        logbook: Receives the lines of the run.
    """

    root: Path
    asked_by: str
    logbook: Logbook

    def carry_out(self) -> tuple[Cycle, MedgraftError | None]:
        """Brings the model up to date if that is due; where nothing changed, nothing is imported for it.

        Returns:
            What came of it, and the error if it failed; whom the params name was told then too.
        """
        start = time.monotonic()
        settings, error = load_settings(self.root), None
        try:
            cycle, error = self._cycle(settings)
        except MedgraftError as caught:
            cycle, error = Cycle("failed", self.asked_by, done=caught.what), caught
        cycle = replace(cycle, seconds=round(time.monotonic() - start, 3))
        if cycle.outcome in ("retrained", "failed"):
            cycle = replace(cycle, notice=str(self._notice(cycle)), block=settings.block)
            if settings.webhook:
                post(settings.webhook, cycle.notice, self.logbook.write)
        return cycle, error

    def _cycle(self, settings: RetrainSettings) -> tuple[Cycle, MedgraftError | None]:
        if settings.take_git:
            take_changes(self.root, self.logbook.write)
        status = read_status(self.root, self.logbook.write)
        if status.outcome == "up-to-date":
            interrupted = Cycle("waiting", self.asked_by, ("an earlier one was interrupted",))
            unchanged = Cycle("unchanged", self.asked_by)
            return self._retrain(settings, interrupted) if is_pending(self.root) else (unchanged, None)
        due = self._due(settings, status)
        waiting = Cycle("waiting", self.asked_by, due, describe_changes(status))
        return self._retrain(settings, waiting) if due else (waiting, None)

    def _due(self, settings: RetrainSettings, status: StatusReport) -> tuple[str, ...]:
        """Sees what is due; how new cases are is known only after they were ingested, which costs little.

        Raises:
            MedgraftError: If the new data cannot be ingested, or the champion not be applied to them.
        """
        trained, monitoring = when_trained(self.root), None
        if settings.looks_at_data:
            changed = {stage.name.split("@")[0] for stage in status.stages if stage.state != "up-to-date"}
            if INGEST in changed:
                result = run_pipeline(self.root, RunRequest((INGEST,)), self.logbook)
                for error in result.errors:
                    raise error
            monitoring = watch_champion(self.root, settings)
            for note in monitoring.notes if monitoring else ():
                self.logbook.write("", f"not measured of new cases: {note}")
        return find_triggers(self.root, settings, status, trained, monitoring)

    def _retrain(self, settings: RetrainSettings, cycle: Cycle) -> tuple[Cycle, MedgraftError | None]:
        pull = is_remote_set(Workspace(self.root))
        trigger = f"{self.asked_by}: {'; '.join(cycle.due)}"
        request = RunRequest(trigger=trigger, pull=pull, push=pull and settings.share)
        result = run_pipeline(self.root, request, self.logbook)
        cycle = replace(cycle, outcome="failed", done=describe_run(result.report))
        if result.report.outcome == "failed" and result.errors:
            return cycle, result.errors[0]
        decided = decide(self.root, trigger)
        cycle = replace(
            cycle,
            outcome="retrained",
            verdict=decided.verdict,
            decision=decided.text,
            identity=decided.identity,
        )
        unpublished = publish(self.root, settings) if decided.identity else None
        return cycle, self._share(settings) or unpublished or next(iter(result.errors), None)

    def _share(self, settings: RetrainSettings) -> RemoteError | None:
        """Pushes commits and tags; where that fails, what was decided stays decided."""
        try:
            if settings.share:
                share_commits(self.root)
        except RemoteError as error:
            return error
        return None

    def _notice(self, cycle: Cycle) -> Notice:
        report = self.root / REPORT
        return Notice(
            workspace=self.root.name,
            trigger=f"{cycle.asked_by}: {'; '.join(cycle.due)}" if cycle.due else cycle.asked_by,
            changes=cycle.changes,
            trained=cycle.done,
            verdict=cycle.verdict,
            decision=cycle.decision if cycle.outcome == "retrained" else "none: the retraining failed",
            link=report.as_uri() if cycle.identity and report.exists() else None,
        )
