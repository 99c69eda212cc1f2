"""What `medgraft serve` is told, checked before anything starts."""

from __future__ import annotations

import os
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.logbook import Logbook
from pipeline.processes.environment import settle_service
from pipeline.serving.service import Occasions, serve
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError


def serve_command(
    cron: str | None, timezone: str, every: float | None, *, watch: bool, on_event: bool
) -> None:
    """Serves a workspace.

    Raises:
        UsageError: If no occasion is named, or one cannot be read.
    """
    if not (cron or every or watch or on_event):
        raise _usage("nothing says when to retrain", "name --cron, --every, --watch or --on-event")
    if cron and every:
        raise _usage("--cron and --every are both given", "choose one of them")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _usage(f"there is no time zone '{timezone}'", "name one as in Europe/Berlin") from error
    workspace = Workspace.find()
    os.chdir(workspace.root)
    settle_service(workspace.state)
    if cron:
        _check_cron(cron, timezone)
    serve(workspace, Occasions(cron, timezone, every, watch, on_event), Logbook().write)


def _check_cron(cron: str, timezone: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron, timezone=timezone)
    except ValueError as error:
        remedy = 'write five fields, as in "0 3 * * mon"'
        raise _usage(f"'{cron}' is no cron expression", remedy) from error


def _usage(what: str, remedy: str) -> UsageError:
    return UsageError(what, where="medgraft serve", why="the options say it", remedy=remedy)
