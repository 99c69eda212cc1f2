"""Puts right what Prefect's database says of runs that were killed or missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled, Crashed

_STARTED = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)


def close_the_dead(of: UUID | None = None) -> int:
    """Ends the records of runs that were killed: of one deployment, no two run at once.

    Args:
        of: The deployment; that of the running flow by default, whose own run is left alone.

    Returns:
        How many records were ended.
    """
    return _set(of, _STARTED, Crashed(message="it was killed"))


def drop_the_missed(of: UUID | None = None) -> int:
    """Cancels runs that were due before now: one run takes all changes that they would have taken.

    Returns:
        How many were cancelled.
    """
    return _set(of, (StateType.SCHEDULED,), Cancelled(message="missed: a later run takes its changes"))


def is_overdue(of: UUID, seconds: float) -> bool:
    """Tells whether a run of a deployment should have started so many seconds ago and has not."""
    with get_client(sync_client=True) as client:
        waiting = _read(client, of, (StateType.SCHEDULED,))
    latest = datetime.now(UTC) - timedelta(seconds=seconds)
    return any(run.expected_start_time and run.expected_start_time < latest for run in waiting)


def _set(of: UUID | None, types: tuple[StateType, ...], state: Any) -> int:
    wanted = of or (UUID(str(deployment.id)) if deployment.id else None)
    if wanted is None:
        return 0
    with get_client(sync_client=True) as client:
        runs = _read(client, wanted, types)
        old = [run for run in runs if str(run.id) != str(flow_run.id) and _is_past(run)]
        for run in old:
            client.set_flow_run_state(run.id, state, force=True)
    return len(old)


def _read(client: SyncPrefectClient, of: UUID, types: tuple[StateType, ...]) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))
        ),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[of])),
    )


def _is_past(run: FlowRun) -> bool:
    return run.expected_start_time is None or run.expected_start_time <= datetime.now(UTC)
