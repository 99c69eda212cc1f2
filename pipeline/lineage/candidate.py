"""The model that wants to be champion, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.lineage.code import read_code
from pipeline.lineage.contest import compare_with_champion
from pipeline.lineage.decision import Comparison
from pipeline.lineage.log import LogEntry
from pipeline.lineage.naming import current_record, find_model, record_at
from pipeline.lineage.record import CodeRecord, LineageRecord
from pipeline.lineage.registry import Version
from pipeline.lineage.withdrawals import withdrawn_models
from pipeline.logbook import Logbook
from pipeline.processes.halt import Halt
from pipeline.repro.broker import Broker
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError, UsageError

STAGE = "package"


@dataclass(frozen=True)
class Candidate:
    """The workspace's model before the gate.

    Attributes:
        record: Its record.
        code: The commit that is checked out, and what of the model's inputs it does not hold.
        comparison: With the champion; None where there is none, or where it makes no sense.
        final: What speaks against it whatever the reason to promote it, each as a sentence.
        obstacles: What else speaks against it besides the criteria, likewise.
    """

    record: LineageRecord
    code: CodeRecord
    comparison: Comparison | None
    final: tuple[str, ...]
    obstacles: tuple[str, ...]


def own_model(workspace: Workspace, text: str) -> LineageRecord:
    """Finds a model that a commit of this workspace can be the version of.

    Raises:
        UsageError: If there is no such model, or it is not the workspace's own.
    """
    root = workspace.root
    own = current_record(root)
    if own is None:
        raise UsageError(
            "the workspace's model has no lineage record",
            where=str(root / "dvc.lock"),
            why="it was not made by `medgraft run`, so the gate's criteria were not fixed before it",
            remedy="run `medgraft run`, or `medgraft run --force package`",
        )
    if find_model(root, text).identity != own.identity:
        raise UsageError(
            f"'{text}' is not the workspace's model",
            where=str(root / "dvc.lock"),
            why=f"a version is a commit of the workspace, whose model is {own.identity[:16]}",
            remedy="check out the revision it was made at, or `medgraft rollback --to vN` for a version",
        )
    return own


def weigh(
    workspace: Workspace, record: LineageRecord, champion: Version | None, entries: Sequence[LogEntry]
) -> Candidate:
    """Gathers what speaks against a model, the comparison with the champion included.

    Args:
        workspace: The workspace, whose model it is.
        record: The model's.
        champion: Whom it would replace.
        entries: The log.

    Raises:
        UsageError: If the workspace is not up to date.
        MedgraftError: If the champion's files are not to be had, or the comparison fails.
    """
    _require_up_to_date(workspace)
    code = read_code(workspace.root, record.made_by)
    final = tuple(beyond_force(record, code, entries))
    if champion is None or final:
        return Candidate(record, code, None, final, ())
    other = record_at(workspace.root, champion)
    if other is None:
        return Candidate(record, code, None, (), (f"{champion.tag} has no record to compare with",))
    try:
        comparison = compare_with_champion(workspace, record, other)
    except DataError as error:
        return Candidate(record, code, None, (), (f"{error.what}: {error.why}",))
    return Candidate(record, code, comparison, (), ())


def beyond_force(record: LineageRecord, code: CodeRecord, entries: Sequence[LogEntry]) -> Iterator[str]:
    """Says what no reason makes good: a model that could not be made again, or must not be used."""
    if code.dirty:
        named = ", ".join(code.dirty[:5]) + (", …" if len(code.dirty) > 5 else "")
        yield f"git does not hold what it was made from: commit {named}"
    if record.identity in withdrawn_models(entries):
        yield "a patient that it saw has withdrawn"


def _require_up_to_date(workspace: Workspace) -> None:
    """The commit is to hold the params and the data that the model was made with."""
    broker = Broker(workspace, Halt(), Logbook().write)
    try:
        waiting = [step.name for step in broker.plan((STAGE,)).to_do]
    finally:
        broker.close()
    if waiting:
        raise UsageError(
            "the workspace is not up to date",
            where=str(workspace.root),
            why=f"these stages would run: {', '.join(waiting[:4])}",
            remedy="bring it up to date with `medgraft run`, or undo what changed (`medgraft status`)",
        )
