"""A workspace with two models under git and DVC, and cheap copies of it to be tampered with."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.audit.examination import audit
from pipeline.audit.finding import Remark
from pipeline.audit.report import AuditReport
from pipeline.lineage.decision import Judged, Promoted
from pipeline.lineage.log import append_entry
from pipeline.lineage.making import make_record
from pipeline.lineage.record import LineageRecord, Observed
from pipeline.lineage.registry import trailers
from pipeline.lineage.shelf import read_records, write_record
from pipeline.repro.data import add_folder
from pipeline.workspace import Workspace as Place
from stages.contracts.recheck import Recheck, RecheckRequest
from stages.recheck import recheck
from tests.functional.workspaces import Workspace

IGNORED = "/.medgraft/\n/artifacts/\n__pycache__/\n"


@dataclass(frozen=True)
class Audited:
    """A workspace, audited in this process."""

    root: Path

    def copy(self, root: Path) -> Audited:
        """Links every file but git's own, which git writes to in place; a tampering writes new files."""
        subprocess.run(["cp", "-al", str(self.root), str(root)], check=True)
        for own in (".git", ".medgraft/dvc"):
            shutil.rmtree(root / own)
        shutil.copytree(self.root / ".git", root / ".git")
        return Audited(root)

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    @property
    def records(self) -> tuple[LineageRecord, ...]:
        return read_records(self.root)

    def audit(self, model: str) -> AuditReport:
        return audit(Place(self.root), model, compute_here)

    def file(self, path: str) -> Path:
        return self.root / path

    def object(self, path: str) -> Path:
        """The object in the cache that has the bytes of a file of the workspace."""
        md5 = hashlib.md5(self.file(path).read_bytes()).hexdigest()
        return self.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def compute_here(request: RecheckRequest, folder: Path) -> Recheck:
    """Computes in this process: a new one would import torch each time."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return recheck(request)
    finally:
        os.chdir(before)


def differences(report: AuditReport) -> list[Remark]:
    return [remark for check in report.checks for remark in check.differences]


def make_audited(first: Workspace, root: Path) -> Audited:
    """Makes two models, v1 and v2, which differ in the rule for the threshold."""
    workspace = first.copy(root)
    made = Audited(root)
    (root / ".gitignore").write_text(IGNORED)
    made.git("add", ".gitignore")
    made.git("commit", "-q", "-m", "Nothing is recorded yet")
    add_folder(Place(root), root / "data/raw/target", shared=False)
    promote(made, 1)
    workspace.params["select"]["threshold"] = "half"
    workspace.params["run"] = {}  # a replay runs every stage: they share their imports
    workspace.run()
    promote(made, 2)
    made.git("gc", "-q")  # few files, for many copies
    return made


def promote(made: Audited, version: int) -> None:
    """Registers the model of the workspace as a version and as champion, as `medgraft promote` does."""
    root = made.root
    record = make_record(Place(root), Observed(written_at=datetime.now(UTC).isoformat()))
    data = write_record(root, record).read_bytes()
    judged = Judged(gate_sha256=record.gate_sha256, comparison=None, failed=())
    detail = Promoted(
        version=version,
        record_sha256=hashlib.sha256(data).hexdigest(),
        judged=judged,
        forced=None,
        by="Tester <tester@example.org>",
    )
    entry = append_entry(root, record.identity, detail)
    made.commit(f"Version {version}")
    message = trailers(record.identity, entry.sha256)
    made.git("tag", "-a", f"model@v{version}.0.0", "-m", message)
    made.git("tag", "-a", f"model#champion#{version}", "-m", message)
