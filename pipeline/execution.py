"""One run of a plan: what each stage came to, whichever scheduler calls for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

from pipeline.logbook import Logbook
from pipeline.outcome import Outcome, RunReport, StageReport, overall
from pipeline.plan import Plan, Step
from pipeline.processes.halt import Halt
from pipeline.processes.tokens import Tokens
from pipeline.repro.broker import Broker
from stages.contracts.errors import MedgraftError, StageError

if TYPE_CHECKING:
    from pipeline.params.settings import RunSettings


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
                done = self._broker.bring_up_to_date(step.name, limit, self.settings.sharers(step.name))
        except Exception as error:
            shown = error if isinstance(error, MedgraftError) else _defect(step, error)
            self.errors[step.name] = shown
            self._report(step, "failed", start, (f"{shown.what}: {shown.why}",))
            raise shown from error
        self.errors.pop(step.name, None)
        return self._report(step, done.outcome, start, done.why or step.why)

    def _report(self, step: Step, outcome: Outcome, start: float, why: tuple[str, ...]) -> StageReport:
        seconds = round(time.monotonic() - start, 3)
        shown = why if outcome != "up-to-date" else ()
        report = StageReport(step.name, outcome, seconds, shown)
        self.reports[step.name] = report
        return report

    def finish(self, started: float) -> RunReport:
        """Sums up the run that began at `started`."""
        stages = {step.name: self._final(step) for step in self.plan}
        if overall(tuple(stages.values())) != "failed":
            self._broker.finish()
        return _sum_up(self.plan, stages, started)

    def _final(self, step: Step) -> StageReport:
        if step.name in self.reports:
            return self.reports[step.name]
        if step.state == "up-to-date":
            return _fresh(step)
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


def up_to_date(plan: Plan, started: float) -> RunReport:
    """The report of a run that had nothing to do."""
    return _sum_up(plan, {step.name: _fresh(step) for step in plan}, started)


def _fresh(step: Step) -> StageReport:
    return StageReport(name=step.name, outcome="up-to-date", seconds=0.0)


def _sum_up(plan: Plan, stages: Mapping[str, StageReport], started: float) -> RunReport:
    """Leaves data under DVC out, unless something happened to them."""
    quiet = {step.name for step in plan if step.is_source and stages[step.name].outcome == "up-to-date"}
    shown = tuple(report for name, report in stages.items() if name not in quiet)
    return RunReport(overall(tuple(stages.values())), round(time.monotonic() - started, 3), shown)
