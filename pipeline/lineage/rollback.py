"""Makes an earlier version champion again: one entry, one tag, and no file of the workspace changes."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.lineage.artifact_name import tag_prefix
from pipeline.lineage.decision import RolledBack
from pipeline.lineage.log import LogEntry, held_log
from pipeline.lineage.promotion import assignment_tag
from pipeline.lineage.registry import Registry, Version, read_registry, trailers
from pipeline.lineage.settling import Settled, current_log, settle
from pipeline.lineage.transaction import NewTag, require_repository
from pipeline.lineage.withdrawals import withdrawn_models
from pipeline.workspace import Workspace
from stages.contracts.errors import GateError, UsageError


@dataclass(frozen=True)
class Rollback:
    """What became of it.

    Attributes:
        version: The champion of now.
        before: The champion of before.
        settled: What was written.
    """

    version: Version
    before: Version
    settled: Settled


def roll_back(workspace: Workspace, to: str | None = None, reason: str | None = None) -> Rollback:
    """Makes an earlier version champion, without asking the gate.

    Args:
        workspace: The workspace.
        to: The version, such as `v3`; by default the one that was champion before.
        reason: Why, for the log.

    Raises:
        UsageError: If there is no such version, or it is the champion.
        GateError: If the version saw somebody who has withdrawn.
        AuditError: If the log is not as it was left.
    """
    root = workspace.root
    user = require_repository(root)
    with workspace.held(), held_log(root):
        registry = read_registry(root)
        entries = current_log(root, registry)
        before = registry.champion
        version = _named(registry, to, str(root)) if to else _before(registry, str(root))
        _require_use(version, registry, withdrawn_models(entries))
        if before is None or version.number == before.number:
            raise _nowhere(registry, f"v{version.number} is champion", str(root))
        detail = RolledBack(version=version.number, before=before.number, reason=reason, by=user)
        title = f"back to v{version.number}, from v{before.number}"

        def tags(entry: LogEntry) -> tuple[NewTag, ...]:
            message = f"{title}\n\n{trailers(version.identity, entry.sha256)}"
            return (assignment_tag(tag_prefix(root), registry, message, version.revision),)

        settled = settle(root, entries, version.identity, detail, f"{title}\n", tags=tags)
    return Rollback(version, before, settled)


def _named(registry: Registry, text: str, where: str) -> Version:
    found = [one for one in registry.versions if text in (f"v{one.number}", f"v{one.number}.0.0", one.tag)]
    if not found:
        raise _nowhere(registry, f"there is no version '{text}'", where)
    return found[0]


def _before(registry: Registry, where: str) -> Version:
    """Gives the version that was champion before the present one was."""
    present = registry.champion
    for assignment in reversed(registry.assignments):
        version = registry.at(assignment.revision)
        if version and present and version.number != present.number:
            return version
    raise _nowhere(registry, "no other version was champion before", where)


def _require_use(version: Version, registry: Registry, withdrawn: frozenset[str]) -> None:
    if version.identity not in withdrawn:
        return
    others = [f"v{one.number}" for one in registry.versions if one.identity not in withdrawn]
    choose = f"choose one of {', '.join(others)} with --to, or " if others else ""
    raise GateError(
        f"v{version.number} does not become champion again",
        where=version.tag,
        why="a patient that it saw has withdrawn",
        remedy=f"{choose}retrain without the patient: `medgraft run`, `medgraft promote`",
    )


def _nowhere(registry: Registry, why: str, where: str) -> UsageError:
    known = ", ".join(f"v{one.number}" for one in registry.versions)
    return UsageError(
        "there is nothing to go back to",
        where=where,
        why=why,
        remedy=f"choose one of {known} with --to" if known else "promote a model first: `medgraft promote`",
    )
