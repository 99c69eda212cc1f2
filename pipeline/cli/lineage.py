"""The command `medgraft lineage`: it only parses."""

from __future__ import annotations

from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Argument(help="v3, champion, challenger, an identity's first digits, a revision, a weights file."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Mermaid = Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flowchart and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def lineage(
    model: Model = "challenger",
    as_json: Json = False,
    mermaid: Mermaid = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Go from a model back to every input, as a tree."""
    from pipeline.pedigree.command import lineage_command
    from pipeline.reporting import reporting
    from pipeline.workspace import Workspace
    from stages.contracts.errors import UsageError

    if as_json and mermaid:
        raise UsageError(
            "two formats are asked for",
            where="medgraft lineage",
            why="--json and --mermaid are both given",
            remedy="give one of them",
        )
    with reporting() as out:
        lineage_command(Workspace.find().root, model, out, as_json=as_json, mermaid=mermaid)
