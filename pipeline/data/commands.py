"""What `medgraft data` prints, and the exit code it ends with."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from pipeline.data.checking import check_data
from pipeline.data.printing import print_check, print_use, watched, working
from pipeline.data.report import CheckReport, UseReport
from pipeline.data.request import Taking
from pipeline.processes.halt import Halt
from pipeline.reporting import reporting
from pipeline.serving.address import DATA_USED, emit
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError
from stages.contracts.inspection import InspectionRequest


def check_command(request: InspectionRequest, *, as_json: bool) -> None:
    """Looks at data and prints what there is.

    Raises:
        DataError: If a finding would end a run; what was found is printed all the same.
    """
    halt = Halt()
    with reporting() as out, halt.on_signals():
        with working(f"looking at {request.path}"):
            report, refusal = check_data(request, _folder(), halt)
        _tell(report, out, as_json)
    if refusal:
        raise refusal


def use_command(request: InspectionRequest, taking: Taking, *, as_json: bool) -> None:
    """Takes data into the workspace and prints what was done.

    Raises:
        MedgraftError: If they are refused or cannot be taken; everything is then as it was.
    """
    from pipeline.data.taking import Telling, use_data
    from pipeline.recovery import recover

    workspace, halt = Workspace.find(), Halt()
    os.chdir(workspace.root)  # DVC names everything relative to the current folder
    with reporting() as out, halt.on_signals(), workspace.held() as dead:
        recover(workspace, dead, lambda _, line: _say(line))
        _say(f"looking at {request.path}")
        report, refusal = use_data(workspace, request, taking, Telling(halt, _say, watched))
        _tell(report, out, as_json)
        if isinstance(report, UseReport) and report.outcome == "taken":
            emit(workspace, DATA_USED, {"domain": report.domain}, lambda _, line: _say(line))
    if refusal:
        raise refusal


def _tell(report: CheckReport | UseReport, out: TextIO, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False), file=out, flush=True)
    elif isinstance(report, UseReport):
        print_use(report, out)
    else:
        print_check(report, out)


def _folder() -> Path:
    try:
        return Workspace.find().root
    except UsageError:
        return Path.cwd()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
