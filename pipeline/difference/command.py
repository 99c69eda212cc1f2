"""What `medgraft diff` does."""

from __future__ import annotations

from typing import TextIO

from pipeline.difference.cases import changed_data
from pipeline.difference.printing import print_diff
from pipeline.difference.report import DiffReport
from pipeline.difference.scores import IncomparableError, compare_scores
from pipeline.difference.values import changed_code, changed_environment, changed_params, changed_stages
from pipeline.lineage.naming import find_model
from pipeline.lineage.record import LineageRecord
from pipeline.workspace import Workspace


def diff_command(one: str, other: str, out: TextIO, *, as_json: bool) -> None:
    """Prints how a model differs from another one.

    Raises:
        UsageError: If there is no such model.
        DataError: If a record is damaged.
    """
    workspace = Workspace.find()
    report = compare_records(workspace, find_model(workspace.root, one), find_model(workspace.root, other))
    if as_json:
        print(report.to_json(), file=out, flush=True)
    else:
        print_diff(report, out)


def compare_records(workspace: Workspace, before: LineageRecord, after: LineageRecord) -> DiffReport:
    """Compares two models."""
    data = changed_data(workspace.root, before, after)
    scores, why = None, None
    try:
        scores = compare_scores(workspace, before, after, data)
    except IncomparableError as error:
        why = str(error)
    return DiffReport(
        before=before.identity,
        after=after.identity,
        data=data,
        params=changed_params(before, after),
        code=changed_code(before, after),
        environment=changed_environment(before, after),
        stages=changed_stages(before, after),
        scores=scores,
        incomparable=why,
    )
