"""What a service puts right in the database of a real Prefect server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Running, Scheduled

from pipeline.serving.backlog import close_the_dead, drop_the_missed, is_overdue

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        assert str(client.api_url).rstrip("/") == server.rstrip("/")
        yield client


def deploy(client: SyncPrefectClient, name: str) -> UUID:
    flow = client._client.post("/flows/", json={"name": "retrain"}).json()["id"]
    return UUID(client._client.post("/deployments/", json={"name": name, "flow_id": flow}).json()["id"])


def start(client: SyncPrefectClient, of: UUID, state: State) -> UUID:
    run = client.create_flow_run_from_deployment(of, state=Scheduled(scheduled_time=_due(state)))
    if not state.is_scheduled():
        client.set_flow_run_state(run.id, state, force=True)
    return run.id


def _due(state: State) -> datetime:
    return state.state_details.scheduled_time or datetime.now(UTC)


def due_in(seconds: float) -> State:
    return Scheduled(scheduled_time=datetime.now(UTC) + timedelta(seconds=seconds))


def name_of(client: SyncPrefectClient, run: UUID) -> str | None:
    state = client.read_flow_run(run).state
    return state.name if state else None


def test_a_run_is_overdue_when_it_should_have_started_so_long_ago(client: SyncPrefectClient) -> None:
    of = deploy(client, "overdue")
    assert not is_overdue(of, 10)
    start(client, of, due_in(3600))
    assert not is_overdue(of, 10)
    start(client, of, due_in(-30))
    assert is_overdue(of, 10)
    assert not is_overdue(of, 60)
    assert not is_overdue(deploy(client, "another"), 10)


def test_dead_runs_are_closed_missed_ones_dropped_and_others_left_alone(client: SyncPrefectClient) -> None:
    of, other = deploy(client, "backlog"), deploy(client, "neighbour")
    dead, missed, later = (start(client, of, state) for state in (Running(), due_in(-30), due_in(3600)))
    alive = start(client, other, Running())

    assert close_the_dead(of) == 1
    assert (name_of(client, dead), name_of(client, missed)) == ("Crashed", "Scheduled")
    assert drop_the_missed(of) == 1
    assert (name_of(client, missed), name_of(client, later)) == ("Cancelled", "Scheduled")
    assert name_of(client, alive) == "Running"
    assert close_the_dead(of) == drop_the_missed(of) == 0
