"""The command `medgraft audit`: it parses, and shows what came of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from pipeline.audit.report import AuditReport

Model = Annotated[
    str, typer.Argument(help="v3, champion, challenger, a revision, an identity, or a weights file.")
]
Contents = Annotated[bool, typer.Option("--contents", help="Decode every raw case again, too.")]
Replay = Annotated[bool, typer.Option("--replay", help="Make the model again elsewhere; compare the bytes.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def audit(
    model: Model = "challenger",
    *,
    replay: Replay = False,
    contents: Contents = False,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Verify every hash and figure of a model; reads only, without network. By default the workspace's."""
    from pipeline.audit.examination import audit as examine
    from pipeline.audit.replay import make_apart
    from pipeline.reporting import reporting
    from pipeline.workspace import Workspace

    workspace = Workspace.find()
    named = os.path.abspath(model) if os.path.isfile(model) else model  # noqa: PTH100, PTH113
    os.chdir(workspace.root)
    with reporting() as out:
        report = examine(workspace, named, contents=contents, make=make_apart if replay else None)
        if as_json:
            print(report.model_dump_json(indent=2), file=out, flush=True)
        else:
            print_audit(report, out)
    if error := report.error():
        print(error, file=sys.stderr)
        raise typer.Exit(error.exit_code)


def print_audit(report: AuditReport, out: TextIO) -> None:
    """Prints a line per check, and below it what differs or could not be checked."""
    from pipeline.printing import printer

    show = printer(out)
    if report.identity:
        place = f"commit {report.revision[:12]}" if report.revision else "never committed"
        show(f"{report.name} {report.identity[:16]}, {place}", "", "")
    for check in report.checks:
        show(f"{check.name:<10} ", f"{check.state:<11}", f"  {check.compared} {check.of} as recorded")
        for word, remarks in (("differs", check.differences), ("not checked", check.unchecked)):
            for remark in remarks:
                show(f"{'':<10}   ", word, f": {remark.where}: {remark.why}")
    unchecked = sum(len(check.unchecked) for check in report.checks)
    more = f", {unchecked} not checked" if unchecked else ""
    word = "differs" if report.differences else "ok"
    show("", word, f": {report.differences} differences{more}")
