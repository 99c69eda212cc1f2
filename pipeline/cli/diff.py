"""The command `medgraft diff`: it only parses."""

from __future__ import annotations

from typing import Annotated

import typer

Model = Annotated[str, typer.Argument(help="v3, champion, challenger, an identity, a revision, weights.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def diff(
    one: Model,
    other: Model = "challenger",
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Say how a model differs from another one: data, params, code, environment, scores."""
    from pipeline.difference.command import diff_command
    from pipeline.reporting import reporting

    with reporting() as out:
        diff_command(one, other, out, as_json=as_json)
