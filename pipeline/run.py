"""`medgraft run`: plan first, then do what there is to do, and say what was done."""

from __future__ import annotations

import gc
import os
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.execution import Execution, up_to_date
from pipeline.leftovers import forget_trainings
from pipeline.lineage.due import DueRecord
from pipeline.logbook import Logbook
from pipeline.outcome import RunReport
from pipeline.params.check import check_edited_params, check_params, has_stages
from pipeline.plan import Plan
from pipeline.prefect_server import EmbeddedServer, wants_embedded
from pipeline.processes.halt import Halt, StoppedError
from pipeline.processes.orphans import RUN_MARK
from pipeline.recovery import recover
from pipeline.repro.broker import Broker
from pipeline.threads import ThreadScheduler, run_in_threads
from pipeline.workspace import Holder, Workspace
from stages.contracts.errors import MedgraftError, RemoteError

if TYPE_CHECKING:
    from pipeline.params.settings import RunSettings
    from pipeline.repro.remote import Remote

WORTH_PRELOADING = 3
"""With fewer stages to run, an import for all of them takes longer than theirs."""

SCHEDULER = "MEDGRAFT_SCHEDULER"
"""`threads` runs without Prefect and its server."""


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for."""

    stages: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    jobs: int | None = None
    trigger: str | None = None
    """What asked for it, where it was no person."""

    pull: bool = False
    """Restore from the DVC remote what it has."""

    push: bool = False
    """Share with it what was made."""


@dataclass(frozen=True)
class RunResult:
    """What a run came to."""

    report: RunReport
    errors: tuple[MedgraftError, ...]
    """In the order of the stages; the first one gives the exit code."""


def run_pipeline(root: Path, request: RunRequest, logbook: Logbook) -> RunResult:
    """Brings the stages up to date.

    Args:
        root: The workspace.
        request: What to do.
        logbook: Receives one line at a time: what the stages print, and what the run does.

    Raises:
        MedgraftError: If the run could not start: the workspace is held, or params are not valid.
    """
    workspace, halt = Workspace(root), Halt()
    start = time.monotonic()
    with workspace.held() as dead, halt.on_signals():
        recover(workspace, dead, logbook.write)
        os.environ[RUN_MARK] = Holder.this_process().mark(root)
        with _edited(root, request.edits):
            broker = Broker(workspace, halt, logbook.write)
            remote = broker.open_remote(pull=request.pull) if request.pull or request.push else None
            plan = _plan(broker, request, workspace)
            settings = _settings(root) if plan.to_do else None
            due = DueRecord(workspace, plan, request.trigger, logbook.write)
        try:
            if settings is None:
                result = RunResult(up_to_date(plan, start), ())
            else:
                tokens = settings.tokens(request.jobs)
                execution = Execution(plan, broker, settings, tokens, halt, logbook)
                result = _carry_out(execution, workspace, broker, start)
            if not request.stages and not result.errors:
                forget_trainings(workspace)
            result = _recorded(result, due)
            return _shared(result, broker, remote) if remote and request.push else result
        finally:
            broker.close()


def _carry_out(execution: Execution, workspace: Workspace, broker: Broker, start: float) -> RunResult:
    gc.enable()
    packages, stages = execution.settings.preload, len(execution.plan.to_do)
    if packages and stages >= WORTH_PRELOADING and has_stages(workspace.root):
        broker.preload(packages)
    _execute(execution, workspace)
    return _result(execution, start)


def _shared(result: RunResult, broker: Broker, remote: Remote) -> RunResult:
    """Shares what the run has made; where that fails, what it has made stays."""
    try:
        broker.share(remote)
    except RemoteError as error:
        return RunResult(result.report, (*result.errors, error))
    return result


def _edited(root: Path, edits: tuple[str, ...]) -> AbstractContextManager[None]:
    if not edits:
        return nullcontext()
    from pipeline.params.edit import edited_params

    return edited_params(root, edits)


def _settings(root: Path) -> RunSettings:
    """The model of the settings costs a tenth of a no-op, which needs none."""
    from pipeline.params.settings import load_settings

    return load_settings(root)


def _plan(broker: Broker, request: RunRequest, workspace: Workspace) -> Plan:
    try:
        plan = broker.plan(request.stages, request.forced)
    except MedgraftError:
        check_params(workspace.root)  # The stages say it better than DVC's templates do.
        raise
    check_edited_params(workspace)
    return plan


def _execute(execution: Execution, workspace: Workspace) -> None:
    """Runs the scheduler in a thread of its own, so that signals always reach this one."""
    failures: list[BaseException] = []

    def schedule() -> None:
        try:
            if os.environ.get(SCHEDULER) == "threads":
                run_in_threads(execution)
            else:
                _run_beside_prefect(execution, workspace)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=schedule, name="scheduler")
    thread.start()
    while thread.is_alive():
        thread.join(0.5)
    if failures:
        raise failures[0]


def _run_beside_prefect(execution: Execution, workspace: Workspace) -> None:
    """Starts the first stages at once, and hands over to Prefect as soon as it is up.

    Prefect and its embedded server need 5 to 10 seconds for that; Prefect's records show each
    stage's true seconds. If it cannot start, the run goes on without it.
    """
    server = EmbeddedServer(workspace.state / "prefect") if wants_embedded(workspace.state) else None
    scheduler = ThreadScheduler(execution)
    scheduler.start()
    try:
        from pipeline.flows import run_in_prefect

        if server:
            server.wait_until_ready(execution.halt)
        run_in_prefect(execution, workspace, scheduler, server.url if server else None)
    except StoppedError:
        pass  # The stages see the same request, and the report says so.
    except Exception as error:
        if scheduler.handed_over:
            raise
        execution.logbook.write("", f"Prefect could not start, the run goes on without it: {error}")
    finally:
        scheduler.join()


def _result(execution: Execution, start: float) -> RunResult:
    report = execution.finish(start)
    errors = [execution.errors[step.name] for step in execution.plan if step.name in execution.errors]
    if execution.halt.requested:
        errors = [execution.halt.error()]
    return RunResult(report, tuple(errors))


def _recorded(result: RunResult, due: DueRecord) -> RunResult:
    """Writes the lineage record that is due, once all stages are fine."""
    try:
        if not result.errors:
            due.settle(result.report)
    except MedgraftError as error:
        return RunResult(result.report, (error,))
    return result
