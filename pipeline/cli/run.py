"""What `run` and `status` print, and the exit code they end with."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from pipeline.logbook import Logbook
from pipeline.outcome import to_json
from pipeline.printing import print_run, print_status
from pipeline.processes.environment import settle_prefect
from pipeline.reporting import reporting
from pipeline.run import RunRequest, run_pipeline
from pipeline.status import read_status
from pipeline.workspace import Workspace
from stages.contracts.cluster import CLUSTER, parse_cluster


def run_command(
    stages: Sequence[str],
    edits: Sequence[str],
    forced: Sequence[str],
    jobs: int | None,
    *,
    pull: bool,
    push: bool,
    as_json: bool,
) -> int:
    """Runs the pipeline, prints what came of it, and gives the exit code."""
    with reporting() as out:
        workspace = _enter()
        request = RunRequest(tuple(stages), tuple(edits), tuple(forced), jobs, pull=pull, push=push)
        result = run_pipeline(workspace.root, request, Logbook())
        if as_json:
            print(to_json(result.report), file=out, flush=True)
        else:
            print_run(result.report, out)
    for error in result.errors:
        if "--debug" in sys.argv:
            traceback.print_exception(error)
        print(error, file=sys.stderr)
    return result.errors[0].exit_code if result.errors else 0


def name_cluster(text: str | None) -> None:
    """Names a cluster to the stages, where there is one; the stages connect to it.

    Raises:
        UsageError: If it is no address.
        ClusterError: If nothing answers there: better said before anything is run.
    """
    if text is not None:
        address = parse_cluster(text)
        address.require_answer()
        os.environ[CLUSTER] = str(address)


def status_command(*, as_json: bool) -> None:
    """Prints what a run would do."""
    with reporting() as out:
        workspace = _enter()
        report = read_status(workspace.root, Logbook().write)
        if as_json:
            print(to_json(report), file=out, flush=True)
        else:
            print_status(report, out)


def _enter() -> Workspace:
    """Goes to the workspace's root: DVC names everything relative to the current folder."""
    workspace = Workspace.find()
    os.chdir(workspace.root)
    settle_prefect(workspace.state)
    return workspace
