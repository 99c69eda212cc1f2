"""The commands `medgraft retrain` and `medgraft serve`."""

from __future__ import annotations

from typing import Annotated

import typer

Trigger = Annotated[str, typer.Option(metavar="NAME", help="What asked for it; it goes into the record.")]
Cron = Annotated[str | None, typer.Option(metavar="EXPR", help='When, as in "0 3 * * mon".')]
Timezone = Annotated[str, typer.Option(metavar="TZ", help="Of --cron, as in Europe/Berlin.")]
Every = Annotated[float | None, typer.Option(metavar="SECONDS", min=1, help="Between two retrainings.")]
Watched = Annotated[bool, typer.Option("--watch", help="After a change of raw data, params or the branch.")]
OnEvent = Annotated[bool, typer.Option("--on-event", help="After `medgraft data use`.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def retrain(
    trigger: Trigger = "a person",
    *,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Take what changed; if retraining is due, retrain, judge, promote or keep, and tell people."""
    from pipeline.retraining.command import retrain_command

    raise typer.Exit(retrain_command(trigger, as_json=as_json))


def serve(
    cron: Cron = None,
    timezone: Timezone = "UTC",
    every: Every = None,
    *,
    watch: Watched = False,
    on_event: OnEvent = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Retrain on a schedule, on a change or on an event, until ended."""
    from pipeline.serving.command import serve_command

    serve_command(cron, timezone, every, watch=watch, on_event=on_event)
