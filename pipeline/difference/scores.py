"""The test scores of two models on the cases that both were tested on, by the stage's own program."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.difference.report import DomainChange, ScoreChange
from pipeline.lineage.record import LineageRecord
from pipeline.repro.objects import Objects
from pipeline.workspace import Workspace
from stages.contracts.artifact import read_json, write_json
from stages.contracts.contrast import Contrast, ContrastRequest, Stored

FOLDER, FILE = "artifacts/evaluation", "predictions.parquet"


class IncomparableError(Exception):
    """Two models cannot be compared; the message says why."""


def compare_scores(
    workspace: Workspace, before: LineageRecord, after: LineageRecord, data: tuple[DomainChange, ...]
) -> ScoreChange:
    """Compares stored predictions; nothing is predicted anew.

    Raises:
        IncomparableError: If the models answer different questions, or predictions are missing or apart.
    """
    for what in ("task", "classes", "positive"):
        one, other = (getattr(record.model, what) for record in (before, after))
        if one != other:
            raise IncomparableError(f"their {what} differ: {one} and {other}")
    target = next((change for change in data if change.domain == "target"), None)
    if target and target.unread:
        raise IncomparableError(target.unread)
    request = ContrastRequest(
        task=after.model.task,
        classes=after.model.classes,
        positive=after.model.positive,
        one=_stored(workspace.root, before),
        other=_stored(workspace.root, after),
        apart=target.modified if target else (),
        confidence=after.gate.confidence,
        resamples=after.gate.resamples,
    )
    found = _run(workspace, request)
    return ScoreChange(found.cases, found.groups, found.one, found.other, found.difference)


def _stored(root: Path, record: LineageRecord) -> Stored:
    md5s = [out.md5 for stage in record.made_by.values() for out in stage.outs if out.path == FOLDER]
    file = Objects(root).find_in(md5s[0], FILE) if md5s else None
    if file is None:
        raise IncomparableError(
            f"the predictions of {record.identity[:16]} are not in DVC's cache: "
            "`dvc fetch --all-commits` brings them"
        )
    seed = record.ancestry[0].seed if len(record.model.weights) == 1 else None
    return Stored(file=str(file), seed=seed, threshold=record.model.threshold)


def _run(workspace: Workspace, request: ContrastRequest) -> Contrast:
    """Runs the program in a folder of its own: the request names cases, so it stays in the state."""
    workspace.prepare()
    with tempfile.TemporaryDirectory(dir=workspace.state) as folder:
        asked, answered = Path(folder) / "request.json", Path(folder) / "contrast.json"
        write_json(request, asked)
        command = [sys.executable, "-m", "stages.contrast", "--request", str(asked), "--out", str(answered)]
        done = subprocess.run(command, cwd=workspace.root, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line.partition("why:")[2].strip() for line in done.stderr.splitlines() if "why:" in line]
            raise IncomparableError((said or done.stderr.strip().splitlines() or ["it failed"])[-1])
        return read_json(Contrast, answered)
