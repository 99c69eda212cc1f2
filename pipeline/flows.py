"""The Prefect flow: one task per stage, on the thread-pool task runner.

Prefect is imported here and nowhere else; who has nothing to run never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Any, cast

from prefect import Task, flow, get_run_logger, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import State, StateType, TaskRun
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelled, Completed, Crashed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from pipeline.execution import Execution
from pipeline.flow_artifacts import publish_run, publish_stage
from pipeline.outcome import StageReport
from pipeline.plan import Step, group_of
from pipeline.processes.failure import MachineError
from pipeline.threads import ThreadScheduler
from pipeline.workspace import Workspace

RETRY_DELAY_SECONDS = 2


def run_in_prefect(
    execution: Execution, workspace: Workspace, first: ThreadScheduler, url: str | None
) -> None:
    """Runs a plan as a Prefect flow; what each stage came to is in the execution.

    Args:
        execution: The run.
        workspace: Where the stages' outputs lie.
        first: The scheduler that has worked while Prefect was starting.
        url: The server, where it is not the one that Prefect is set up for.
    """

    @flow(
        name="medgraft",
        flow_run_name=_plain(f"{workspace.root.name}: {len(execution.plan.to_do)} stages"),
        task_runner=_task_runner(len(execution.plan.to_do) + 1),
        validate_parameters=False,
        persist_result=False,
    )
    def bring_up_to_date() -> State[Any]:
        execution.adopt(first.hand_over())
        _bury_the_dead(workspace)
        futures: dict[str, PrefectFuture[StageReport]] = {}
        for step in execution.plan.to_do:
            upstream = [futures[need] for need in step.needs if need in futures]
            futures[step.name] = _task_of(step, execution, workspace).submit(
                return_state=False, wait_for=upstream
            )
        for future in futures.values():
            future.wait()
        publish_run(execution)
        return _final_state(execution)

    with temporary_settings({PREFECT_API_URL: url} if url else {}), tags(f"workspace:{workspace.root}"):
        bring_up_to_date(return_state=True)


def _plain(name: str) -> str:
    """Doubles the braces, which Prefect would fill in."""
    return name.replace("{", "{{").replace("}", "}}")


def _bury_the_dead(workspace: Workspace) -> None:
    """Ends the records of killed runs: this run holds the workspace, so no other one is alive."""
    wanted = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[f"workspace:{workspace.root}"]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])),
    )
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=wanted):
            if str(run.id) != str(flow_run.id):
                client.set_flow_run_state(run.id, Crashed(message="the run was killed"), force=True)


def _task_runner(workers: int) -> TaskRunner[PrefectFuture[Any]]:
    return cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=workers))


def _task_of(step: Step, execution: Execution, workspace: Workspace) -> Task[[], StageReport]:
    def bring_stage_up_to_date() -> StageReport:
        logger = get_run_logger()
        execution.logbook.listen(step.name, _as_here(logger.info))
        report = execution.run(step)
        logger.info("%s in %.1f s: %s", report.outcome, report.seconds, "; ".join(report.why))
        publish_stage(step, workspace)
        return report

    return task(
        name=step.name,
        task_run_name=step.name,
        tags=["medgraft", group_of(step.name)],
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=execution.settings.retries,
        retry_delay_seconds=RETRY_DELAY_SECONDS,
        retry_condition_fn=_is_machines_fault,
    )(bring_stage_up_to_date)


def _as_here(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tells from any thread as from this one: a thread without its context starts a server of its own."""
    context = copy_context()
    return lambda line: context.copy().run(tell, line)


def _is_machines_fault(_task: Task[[], StageReport], _run: TaskRun, state: State[StageReport]) -> bool:
    """Tries again only what was no fault of the stage."""
    return isinstance(state.result(raise_on_failure=False), MachineError)


def _final_state(execution: Execution) -> State[Any]:
    if execution.halt.requested:
        return Cancelled(message="the run was stopped")
    if execution.errors:
        return Failed(message="; ".join(error.what for error in execution.errors.values()))
    return Completed(message=f"{len(execution.reports)} stages are up to date")
