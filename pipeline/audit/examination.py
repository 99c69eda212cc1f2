"""Audits a model: opens what there is of it, and runs every check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pipeline.audit.cache import check_cache
from pipeline.audit.code import check_code
from pipeline.audit.commands import check_commands
from pipeline.audit.finding import Check
from pipeline.audit.ledgers import check_ledgers
from pipeline.audit.lock import check_lock
from pipeline.audit.log import check_log
from pipeline.audit.manifests import check_manifests
from pipeline.audit.material import Material
from pipeline.audit.metrics import check_metrics
from pipeline.audit.outputs import check_outputs
from pipeline.audit.params import check_params
from pipeline.audit.presence import is_present
from pipeline.audit.raw_data import check_raw_data
from pipeline.audit.recheck import Compute, compute_apart, recheck
from pipeline.audit.record import check_record
from pipeline.audit.replay import Make, check_replay
from pipeline.audit.report import AuditReport
from pipeline.audit.revision import Revision
from pipeline.audit.splits import check_splits
from pipeline.audit.subject import find_subject
from pipeline.audit.tags import check_tags
from pipeline.audit.weights import check_weights
from pipeline.lineage.lock import Lock, read_lock
from pipeline.lineage.log import LOG
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import read_registry
from pipeline.lineage.shelf import read_records
from pipeline.repro.verification import Declared, Repository
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError, ParamsError, UsageError


def audit(
    workspace: Workspace,
    model: str,
    compute: Compute = compute_apart,
    *,
    contents: bool = False,
    make: Make | None = None,
) -> AuditReport:
    """Holds everything that is said of a model against what is there.

    Args:
        workspace: Where.
        model: Which, as `pipeline.lineage.naming` reads it.
        compute: Computes figures and hashes of tensors again.
        contents: Whether every raw case is decoded again.
        make: Makes the model again, in a temporary workspace; None for not at all.

    Raises:
        UsageError: If there is no such model, and log and tags agree.
    """
    root = workspace.root
    registry, head = read_registry(root), Revision.find(root, "HEAD")
    log = (root / LOG).read_bytes() if (root / LOG).is_file() else b""
    about = (check_log(head, log, registry), check_tags(registry, head))
    try:
        subject = find_subject(root, model, registry)
    except DataError as error:
        return AuditReport.unreadable(error, about)
    except UsageError:
        if any(check.differences for check in about):  # its tag or its record may be what is gone
            return AuditReport.unnamed(about)
        raise
    record, revision = subject.record, subject.revision
    with _opened(workspace, record, revision) as material:
        return AuditReport(
            identity=record.identity,
            name=record.model.name,
            revision=revision.commit if revision else None,
            present=material.present,
            checks=(
                *_checks(material, compute, contents=contents),
                *about,
                *([check_replay(material, make)] if make else []),
            ),
        )


def _checks(material: Material, compute: Compute, *, contents: bool) -> Iterator[Check]:
    material.warm_up()
    yield check_record(material)
    yield check_lock(material)
    yield check_commands(material)
    yield check_params(material)
    yield check_code(material)
    yield check_raw_data(material)
    yield check_outputs(material)
    yield check_cache(material)
    yield check_weights(material)
    answers = recheck(material, compute, contents=contents)
    yield check_manifests(material, answers.manifests)
    yield check_splits(material)
    yield check_ledgers(answers.ledgers)
    yield check_metrics(material, answers.metrics)


@contextmanager
def _opened(workspace: Workspace, record: LineageRecord, revision: Revision | None) -> Iterator[Material]:
    repository = Repository(workspace)
    try:
        lock = _lock(workspace)
        present = is_present(record, lock, _others(workspace, record), repository.knows_run)
        declared = _declared(repository, None if present else revision, known=present or revision is not None)
        yield Material(workspace, record, repository, lock, present, revision, declared)
    finally:
        repository.close()


def _lock(workspace: Workspace) -> Lock | None:
    try:
        return read_lock(workspace.root / "dvc.lock")
    except DataError:
        return None


def _others(workspace: Workspace, record: LineageRecord) -> Iterator[LineageRecord]:
    """Reads the other records, once they are asked for."""
    try:
        yield from (one for one in read_records(workspace.root) if one.identity != record.identity)
    except DataError:
        return


def _declared(
    repository: Repository, revision: Revision | None, *, known: bool
) -> Mapping[str, Declared] | None:
    try:
        return repository.declared(revision.commit if revision else None) if known else None
    except ParamsError:
        return None
