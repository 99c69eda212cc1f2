"""The log of decisions: its chain, its past in git, and the tags that each decision left."""

from __future__ import annotations

import hashlib

from pipeline.audit.finding import Check, Tally
from pipeline.audit.revision import Revision
from pipeline.lineage.decision import Promoted, RolledBack
from pipeline.lineage.log import LOG, LogEntry, parse_log
from pipeline.lineage.registry import Registry, Version
from pipeline.lineage.shelf import record_path
from stages.contracts.errors import AuditError


def check_log(head: Revision | None, data: bytes, registry: Registry) -> Check:
    """Verifies every entry, and that none is missing at the end.

    Args:
        head: The commit that is checked out; its log must be the beginning of this one.
        data: Bytes of the log; empty where there is none.
        registry: The tags, which name the entries that they were made with.
    """
    tally = Tally("log", "entries and tags")
    try:
        entries = parse_log(data, LOG)
    except AuditError as error:
        tally.differs(error.where, error.why)
        return tally.check()
    tally.same(len(entries))
    committed = (head.read(LOG) if head else None) or b""
    if not data.startswith(committed):
        tally.differs(LOG, "it does not begin with what was committed of it: entries are gone or others")
    hashes = {entry.sha256 for entry in entries}
    for tag in registry.assignments:
        if tag.log_sha256 is None:
            tally.skip(tag.tag, "the tag does not say which entry it was made with")
        elif tag.log_sha256 in hashes:
            tally.same()
        else:
            tally.differs(LOG, f"the entry that the tag {tag.tag} was made with is gone")
    for entry in entries:
        _check_decision(entry, registry, head, tally)
    return tally.check()


def _check_decision(entry: LogEntry, registry: Registry, head: Revision | None, tally: Tally) -> None:
    """A promotion and a rollback leave a tag; what it names must be the model that was decided about."""
    detail, where = entry.detail, f"{LOG}: entry {entry.number}"
    if not isinstance(detail, Promoted | RolledBack):
        return
    if entry.sha256 not in {tag.log_sha256 for tag in registry.assignments}:
        tally.differs(where, "no tag says that this decision made a champion: it was removed or replaced")
    version = next((one for one in registry.versions if one.number == detail.version), None)
    if version is None:
        tally.differs(where, f"the tag of version {detail.version} was removed or replaced")
    elif version.identity != entry.identity:
        tally.differs(version.tag, f"it names another model than entry {entry.number} of the log")
    elif isinstance(detail, Promoted) and head:
        _check_record(version, detail, where, head, tally)


def _check_record(version: Version, detail: Promoted, where: str, head: Revision, tally: Tally) -> None:
    data = Revision(head.root, version.revision).read(record_path(version.identity or ""))
    found = hashlib.sha256(data).hexdigest() if data is not None else None
    if found == detail.record_sha256:
        tally.same()
    else:
        tally.differs(version.tag, f"the record at its commit is not the one that {where} was about")
