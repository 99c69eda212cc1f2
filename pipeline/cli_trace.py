"""The command `medgraft trace`: it only parses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Patient = Annotated[str | None, typer.Option(metavar="ID", help="As the manifest names the patient.")]
Case = Annotated[str | None, typer.Option(metavar="ID", help="As the manifest names the case.")]
File = Annotated[Path | None, typer.Option(metavar="PATH", help="A raw file, or one of the same bytes.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def trace(
    patient: Patient = None,
    case: Case = None,
    file: File = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Say which models saw a patient, a case or a file, and what to retrain without it."""
    from pipeline.reporting import reporting
    from pipeline.trace.printing import print_trace
    from pipeline.trace.report import By, to_json
    from pipeline.trace.tracing import trace as find
    from pipeline.workspace import Workspace
    from stages.contracts.errors import UsageError

    given: list[tuple[By, str]] = [("patient", patient)] if patient is not None else []
    given += [("case", case)] if case is not None else []
    given += [("file", os.path.abspath(file))] if file is not None else []  # noqa: PTH100 - links stay
    if len(given) != 1:
        raise UsageError(
            "trace needs one thing to look for",
            where="medgraft trace",
            why=f"{len(given)} of --patient, --case and --file are given",
            remedy="give exactly one of them",
        )
    with reporting() as out:
        report = find(Workspace.find(), *given[0])
        if as_json:
            print(to_json(report), file=out, flush=True)
        else:
            print_trace(report, out)
