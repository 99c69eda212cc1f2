"""The registry's tags: each must name a commit that holds the model it speaks of."""

from __future__ import annotations

from pydantic import ValidationError

from pipeline.audit.finding import Check, Tally
from pipeline.audit.revision import Revision
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import Registry, Version
from pipeline.lineage.shelf import record_path


def check_tags(registry: Registry, head: Revision | None) -> Check:
    """Looks at the commit of every version, and of every champion.

    Args:
        registry: The tags.
        head: Any commit of the repository; None where there is none.
    """
    tally = Tally("tags", "versions and champions")
    if head is None:
        return tally.check()
    for version in registry.versions:
        _check_version(version, Revision(head.root, version.revision), tally)
    for one in registry.assignments:
        if registry.at(one.revision) is None:
            tally.differs(one.tag, f"no version is at its commit {one.revision[:12]}")
        else:
            tally.same()
    return tally.check()


def _check_version(version: Version, commit: Revision, tally: Tally) -> None:
    if version.identity is None:
        tally.skip(version.tag, "the tag does not say which model it is of")
        return
    where = f"{version.tag} at {commit.commit[:12]}"
    path = record_path(version.identity)
    held = commit.read_all([path, "dvc.lock"])
    try:
        record = LineageRecord.model_validate_json(held[path] or b"")
    except ValidationError:
        tally.differs(where, f"the commit holds no intact record {path}")
        return
    tally.expect(where, record.identity, version.identity, "the identity in the record")
    if record.model.files_md5.encode() in (held["dvc.lock"] or b""):
        tally.same()
    else:
        tally.differs(where, "dvc.lock at its commit is not that of the model")
