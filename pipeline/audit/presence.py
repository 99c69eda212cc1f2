"""Whether the workspace holds the model that is audited, or another run came after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pipeline.lineage.lock import Lock, LockedPath, LockedStage
from pipeline.lineage.record import LineageRecord


def is_present(
    record: LineageRecord,
    lock: Lock | None,
    others: Iterable[LineageRecord],
    knows_run: Callable[[str], bool],
) -> bool:
    """Tells whether a workspace is to be held against a record.

    It is, unless dvc.lock is as another record has it, or each of its stages that differs is a run that
    DVC's run-cache knows. A dvc.lock that differs and that no run explains was altered by hand, which
    the audit has to say.

    Args:
        record: Of the model that is audited.
        lock: dvc.lock as it lies there.
        others: The workspace's other records; read only where dvc.lock differs from the record.
        knows_run: Tells whether the run that dvc.lock records of a stage is known.
    """
    if lock is None or _agrees(record, lock):
        return True
    if any(_agrees(other, lock) for other in others):
        return False
    differing = {name: stage for name, stage in record.made_by.items() if lock.stages.get(name) != stage}
    return not all(
        name in lock.stages and _hashes(lock.stages[name]) != _hashes(stage) and knows_run(name)
        for name, stage in differing.items()
    )


def _agrees(record: LineageRecord, lock: Lock) -> bool:
    return all(lock.stages.get(name) == stage for name, stage in record.made_by.items())


def _hashes(stage: LockedStage) -> object:
    """The run-cache leaves sizes out, so a run that differs in them alone is no other run."""
    return stage.cmd, stage.params, _md5s(stage.deps), _md5s(stage.outs)


def _md5s(paths: tuple[LockedPath, ...]) -> list[tuple[str, str]]:
    return [(one.path, one.md5) for one in paths]
