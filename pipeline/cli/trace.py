"""The command `medgraft trace`: it only parses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Patient = Annotated[str | None, typer.Option(metavar="ID", help="As the manifest names the patient.")]
Case = Annotated[str | None, typer.Option(metavar="ID", help="As the manifest names the case.")]
File = Annotated[Path | None, typer.Option(metavar="PATH", help="A raw file, or one of the same bytes.")]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="Leave them out from now on, and record it.")]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Of the withdrawal; it is published.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def trace(
    patient: Patient = None,
    case: Case = None,
    file: File = None,
    *,
    withdraw: Withdraw = False,
    reason: Reason = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Say which models saw a patient, a case or a file, and what to retrain without it."""
    from pipeline.reporting import reporting
    from pipeline.trace.command import trace_command
    from pipeline.trace.report import By

    given: list[tuple[By, str]] = [("patient", patient)] if patient is not None else []
    given += [("case", case)] if case is not None else []
    given += [("file", os.path.abspath(file))] if file is not None else []  # noqa: PTH100 - links stay
    with reporting() as out:
        trace_command(given, out, withdraw=withdraw, reason=reason, as_json=as_json)
