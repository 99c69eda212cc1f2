from __future__ import annotations

from pipeline.audit.presence import is_present
from pipeline.lineage.lock import Lock, LockedPath, LockedStage
from pipeline.lineage.record import LineageRecord
from tests.unit.pipeline.lineage.samples import sample_record

ONE = LockedStage(cmd="make one", outs=(LockedPath(path="one", md5="1" * 32, size=3),))
TWO = LockedStage(cmd="make two", outs=(LockedPath(path="two", md5="2" * 32, size=3),))


def record(**stages: LockedStage) -> LineageRecord:
    return sample_record(made_by=stages)


def of_size(stage: LockedStage, size: int) -> LockedStage:
    return stage.model_copy(
        update={"outs": tuple(one.model_copy(update={"size": size}) for one in stage.outs)}
    )


def of_hash(stage: LockedStage, md5: str) -> LockedStage:
    return stage.model_copy(update={"outs": tuple(one.model_copy(update={"md5": md5}) for one in stage.outs)})


def present(lock: Lock | None, *others: LineageRecord, known: bool = False) -> bool:
    return is_present(record(one=ONE, two=TWO), lock, others, lambda _: known)


def test_a_workspace_holds_the_model_that_its_lock_describes() -> None:
    assert present(Lock(stages={"one": ONE, "two": TWO, "more": ONE}))


def test_another_model_came_after_it() -> None:
    new = of_hash(TWO, "9" * 32)
    lock = Lock(stages={"one": ONE, "two": new})
    assert not present(lock, record(one=ONE, two=new))
    assert not present(lock, known=True)


def test_a_lock_that_no_run_explains_is_held_against_the_model() -> None:
    new = of_hash(TWO, "9" * 32)
    assert present(Lock(stages={"one": ONE, "two": new}))
    assert present(Lock(stages={"one": ONE}), known=True)
    assert present(None)


def test_a_size_alone_is_no_other_run() -> None:
    """DVC's run-cache leaves sizes out, so it would know the run."""
    assert present(Lock(stages={"one": ONE, "two": of_size(TWO, 7)}), known=True)
