"""`medgraft serve`: a Prefect deployment of the retraining, and the runner that carries it out."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from pipeline.processes.orphans import SERVE_MARK, end_served, has_child
from pipeline.serving.address import DATA_USED, resource_of
from pipeline.serving.server import running_server
from pipeline.workspace import Workspace
from stages.contracts.errors import WorkspaceHeldError

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

    from pipeline.serving.lookout import Lookout


QUERY_SECONDS = 3.0
"""How often the server is asked for runs that are due."""
ENGINE = "prefect.engine"
"""The module that Prefect's runner starts for each run."""


@dataclass(frozen=True)
class Occasions:
    """When to retrain.

    Attributes:
        cron: A cron expression.
        timezone: In which it is read, as in `Europe/Berlin`.
        every: Seconds between two runs.
        watch: After raw data or params changed, or the branch that is followed.
        on_event: After `medgraft data use`.
    """

    cron: str | None = None
    timezone: str = "UTC"
    every: float | None = None
    watch: bool = False
    on_event: bool = False


def serve(workspace: Workspace, occasions: Occasions, log: Callable[[str, str], None]) -> None:
    """Serves until it is ended by a signal; the schedule and all records survive that.

    Raises:
        WorkspaceHeldError: If another `medgraft serve` serves the workspace.
        StageError: If the Prefect server does not start.
    """
    signal.signal(signal.SIGTERM, _end)  # Until the runner has a handler of its own.
    with _served_once(workspace):
        for pid in end_served(workspace.root):
            log("", f"ended process {pid}, left by a service that was killed")
        os.environ[SERVE_MARK] = str(workspace.root)
        log("", "the Prefect server starts")
        with running_server(workspace) as url:
            os.environ["PREFECT_API_URL"] = url
            _run(workspace, occasions, url, log)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _run(workspace: Workspace, occasions: Occasions, url: str, log: Callable[[str, str], None]) -> None:
    """Imports Prefect only now, when it is told where its server is."""
    import asyncio
    import warnings

    from prefect.runner import Runner

    from pipeline.retraining.settings import load_settings
    from pipeline.serving.alarm import set_alarm
    from pipeline.serving.backlog import close_the_dead, drop_the_missed, is_overdue
    from pipeline.serving.origin import Origin
    from pipeline.serving.stall import LOOK_SECONDS, Stall
    from pipeline.serving.watch import Watch

    warnings.filterwarnings("ignore", "coroutine 'Runner.astop'")  # Prefect's handler of SIGTERM.
    name = resource_of(workspace.root)[-16:]
    runner = Runner(name=f"medgraft-{name}", limit=1, query_seconds=QUERY_SECONDS)
    identity: Any = runner.add_deployment(make_deployment(workspace, occasions))
    settings = load_settings(workspace.root)
    set_alarm(workspace, identity, settings.block, log)
    dead, missed = close_the_dead(identity), drop_the_missed(identity)
    if dead or missed:
        log("", f"{dead} killed runs closed, {missed} missed runs dropped")
    ask = partial(_ask, identity)
    watches: list[Lookout] = []
    if occasions.watch:
        watches.append(Watch(workspace, ask, log))
        watches += [Origin(workspace.root, ask, log)] if settings.take_git else []
    due, close = partial(is_overdue, identity, LOOK_SECONDS), partial(close_the_dead, identity)
    watches.append(Stall(partial(has_child, ENGINE), due, close, log))
    log("", f"serving {workspace.root} at {url}")
    try:
        asyncio.run(runner.start())
    finally:
        for one in watches:
            one.end()


def make_deployment(workspace: Workspace, occasions: Occasions) -> RunnerDeployment:
    """Makes the deployment; one run at a time, in whatever process."""
    from datetime import timedelta

    from prefect.events import DeploymentEventTrigger
    from prefect.schedules import Cron, Interval
    from prefect.types.entrypoint import EntrypointType

    from pipeline.serving.flow import retrain_flow

    schedules = [Cron(occasions.cron, timezone=occasions.timezone)] if occasions.cron else []
    schedules += [Interval(timedelta(seconds=occasions.every))] if occasions.every else []
    event = DeploymentEventTrigger(
        name=f"data taken in {workspace.root.name}",
        expect={DATA_USED},
        match={"prefect.resource.id": resource_of(workspace.root)},
        parameters={"root": str(workspace.root), "asked_by": "event"},
    )
    made = retrain_flow.to_deployment(
        name=resource_of(workspace.root)[-16:],
        schedules=schedules,
        triggers=[event] if occasions.on_event else [],
        parameters={"root": str(workspace.root), "asked_by": "schedule"},
        description=f"Retrains {workspace.root} if that is due.",
        tags=["medgraft"],
        concurrency_limit=1,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", made)


def _ask(deployment: Any) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(deployment, parameters={"asked_by": "watch"})


@contextmanager
def _served_once(workspace: Workspace) -> Iterator[None]:
    workspace.prepare()
    with (workspace.state / "serve.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WorkspaceHeldError(
                "the workspace is served already",
                where=str(workspace.root),
                why="another `medgraft serve` runs here",
                remedy="end that one first",
            ) from error
        yield
