"""Has the champion's model applied to cases that came after it, where the params set a limit for that.

In a process of its own, which imports torch: only where ingestion has seen other data than the champion's.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from pipeline.lineage.lock import LockedStage, read_lock
from pipeline.lineage.naming import record_at
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import champion
from pipeline.processes.stage_program import run_program
from pipeline.repro.retrieval import retrieve_folder
from pipeline.retraining.settings import RetrainSettings
from pipeline.workspace import Workspace
from stages.contracts.artifact import read_json
from stages.contracts.monitoring import Monitoring

RAW, INGESTED, EVALUATION = "data/raw/target", "artifacts/ingested/target", "artifacts/evaluation"
_INGEST = "ingest@target"


def watch_champion(root: Path, settings: RetrainSettings) -> Monitoring | None:
    """Measures how the champion does on new cases, once for each pair of champion and data.

    Args:
        root: The workspace, in which the target is ingested.
        settings: The limits; without one of predictions or performance nothing is measured.

    Returns:
        What was measured; None where there is no champion, no limit, or nothing new.

    Raises:
        CacheError: If the champion's files are neither in the cache nor in the remote.
        MedgraftError: As the program says.
    """
    version = champion(root) if settings.drift.predictions or settings.performance else None
    record = record_at(root, version) if version else None
    if record is None:
        return None
    lock = read_lock(root / "dvc.lock")
    now = _hash(lock.stages.get(_INGEST), INGESTED) if lock else None
    if now is None or now == _hash(record.made_by.get(_INGEST), INGESTED):
        return None
    metric = settings.performance.metric if settings.performance else None
    key = hashlib.sha256(f"{record.identity} {now} {metric}".encode()).hexdigest()[:16]
    workspace = Workspace(root)
    file = workspace.state / f"monitoring-{key}.json"
    if not file.exists():
        _measure(workspace, record, metric, file)
    return read_json(Monitoring, file)


def _measure(workspace: Workspace, record: LineageRecord, metric: str | None, file: Path) -> None:
    root = workspace.root
    for old in workspace.state.glob("monitoring-*.json"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="monitoring-", dir=workspace.state) as name:
        folder = Path(name)
        wanted = {
            "model": record.model.files_md5,
            "evaluation": _hash(record.made_by.get("evaluate"), EVALUATION),
            "earlier": _hash(record.made_by.get(_INGEST), INGESTED),
        }
        arguments = ["--ingested", str(root / INGESTED), "--raw", str(root / RAW), "--out", str(file)]
        for part, md5 in wanted.items():
            retrieve_folder(workspace, md5 or "", folder / part)
            arguments += [f"--{part}", str(folder / part)]
        arguments += ["--metric", metric] if metric else []
        run_program(root, root, "stages.monitor", arguments, "the champion could not be watched")


def _hash(stage: LockedStage | None, path: str) -> str | None:
    """Gives the hash of an output."""
    return next((out.md5 for out in stage.outs if out.path == path), None) if stage else None
