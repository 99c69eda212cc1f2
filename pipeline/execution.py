"""One run of a plan: what each stage came to, whichever scheduler calls for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future

from pipeline.halt import Halt
from pipeline.logbook import Logbook
from pipeline.outcome import RunReport, StageReport, overall
from pipeline.plan import Plan, Step
from pipeline.repro import Broker
from pipeline.settings import RunSettings
from pipeline.tokens import Tokens
from stages.contracts.errors import MedgraftError, StageError


class Execution:
    """Runs the stages of a plan and remembers what came of them."""

    def __init__(
        self,
        plan: Plan,
        broker: Broker,
        settings: RunSettings,
        tokens: int,
        halt: Halt,
        logbook: Logbook,
    ) -> None:
        self.plan, self.settings, self.halt = plan, settings, halt
        self.logbook = logbook
        self.errors: dict[str, MedgraftError] = {}
        self.reports: dict[str, StageReport] = {}
        self._broker = broker
        self._tokens = Tokens(tokens)
        self._places = {step.name: place for place, step in enumerate(plan)}
        self._early: dict[str, Future[StageReport]] = {}
        self._lock = threading.Lock()

    def adopt(self, started: Mapping[str, Future[StageReport]]) -> None:
        """Takes over stages that another scheduler has started."""
        with self._lock:
            self._early = dict(started)

    def run(self, step: Step) -> StageReport:
        """Brings a stage up to date, or waits for it where it was started before.

        Raises:
            MedgraftError: If the stage failed; a `MachineError` may be tried again.
        """
        with self._lock:
            early = self._early.pop(step.name, None)
        return early.result() if early else self._attempt(step)

    def _attempt(self, step: Step) -> StageReport:
        start = time.monotonic()
        weight, limit = self.settings.weight(step.name), self.settings.limit(step.name)
        try:
            with self._tokens.taken(weight, self._places[step.name], self.halt):
                start = time.monotonic()
                done = self._broker.bring_up_to_date(step.name, limit)
        except Exception as error:
            shown = error if isinstance(error, MedgraftError) else _defect(step, error)
            self.errors[step.name] = shown
            self._report(step, "failed", start, (f"{shown.what}: {shown.why}",))
            raise shown from error
        self.errors.pop(step.name, None)
        return self._report(step, done.outcome, start, done.why or step.why)

    def _report(self, step: Step, outcome: str, start: float, why: tuple[str, ...]) -> StageReport:
        seconds = round(time.monotonic() - start, 3)
        shown = why if outcome != "up-to-date" else ()
        report = StageReport.model_validate(
            {"name": step.name, "outcome": outcome, "seconds": seconds, "why": shown}
        )
        self.reports[step.name] = report
        return report

    def finish(self, started: float) -> RunReport:
        """Sums up the run that began at `started`."""
        stages = tuple(self._final(step) for step in self.plan)
        if overall(stages) != "failed":
            self._broker.finish()
        shown = tuple(
            report
            for step, report in zip(self.plan, stages, strict=True)
            if not (step.is_source and report.outcome == "up-to-date")
        )
        seconds = round(time.monotonic() - started, 3)
        return RunReport(outcome=overall(stages), seconds=seconds, stages=shown)

    def _final(self, step: Step) -> StageReport:
        if step.name in self.reports:
            return self.reports[step.name]
        if step.state == "up-to-date":
            return StageReport(name=step.name, outcome="up-to-date", seconds=0.0)
        failed = [need for need in step.needs if self._blocks(need)]
        why = f"needs {', '.join(failed)}" if failed else "the run was stopped"
        return StageReport(name=step.name, outcome="not-run", seconds=0.0, why=(why,))

    def _blocks(self, name: str) -> bool:
        report = self.reports.get(name)
        return report is None or report.outcome == "failed"


def _defect(step: Step, error: Exception) -> StageError:
    return StageError(
        f"stage '{step.name}' met a defect of medgraft",
        where=f"dvc.yaml: {step.name}",
        why=f"{type(error).__name__}: {error}",
        remedy="run with --debug and report the traceback",
    )
