"""A model really made again, on the environment on record and on another one that gives other bits.

The stage is a small program whose last digits depend on the environment, as those of a training do.
"""

from __future__ import annotations

import io

import pytest

from pipeline.audit.finding import Check
from pipeline.audit.material import Material
from pipeline.audit.replay import check_replay
from pipeline.audit.report import AuditReport
from pipeline.cli.audit import print_audit
from pipeline.lineage.lock import read_lock
from pipeline.lineage.record import Software
from pipeline.lineage.software import read_software
from pipeline.repro.verification import Repository
from pipeline.workspace import Workspace
from tests.flow.projects import Project, make_project
from tests.unit.pipeline.lineage.samples import sample_evaluation, sample_record

GRAPH = """
stages:
  package:
    cmd: python -S code/measure.py
    deps: [code/measure.py, data/raw]
    outs: [artifacts/metrics.json]
"""
MEASURE = """
import json, os, pathlib
values = json.loads(pathlib.Path("data/raw/evaluation.json").read_text())
values["selected"]["auroc"]["value"] += float(os.environ.get("OTHER_BITS", "0"))
pathlib.Path("artifacts").mkdir(exist_ok=True)
pathlib.Path("artifacts/metrics.json").write_text(json.dumps(values))
"""
HERE = read_software()
ELSEWHERE = HERE.model_copy(
    update={"cpu_features_sha256": "0" * 64, "packages": {**HERE.packages, "torch": "2.12.0"}}
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A workspace after its run."""
    project = make_project(tmp_path_factory.mktemp("made") / "workspace", GRAPH)
    for path, text in {
        "code/measure.py": MEASURE,
        "data/raw/evaluation.json": sample_evaluation().model_dump_json(),
    }.items():
        file = project.root / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    done = project.medgraft("run")
    assert done.returncode == 0, done.stderr
    return project


def replayed(project: Project, recorded: Software) -> Check:
    lock, workspace = read_lock(project.root / "dvc.lock"), Workspace(project.root)
    assert lock is not None
    record = sample_record(made_by=dict(lock.stages), software=recorded)
    repository = Repository(workspace)
    try:
        return check_replay(Material(workspace, record, repository, lock, present=True, revision=None))
    finally:
        repository.close()


def printed(check: Check) -> str:
    out = io.StringIO()
    report = AuditReport(identity="0" * 64, name="model", revision=None, present=True, checks=(check,))
    print_audit(report, out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("MEDGRAFT_SCHEDULER", "threads")


def test_elsewhere_each_fact_is_named_and_figures_within_their_intervals_are_no_difference(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_BITS", "0.01")
    check = replayed(project, ELSEWHERE)
    assert (check.state, check.differences) == ("not checked", ())
    assert check.compared == 3  # one metric of the model, of the control and of their difference
    text = printed(check)
    assert f"environment: cpu_features_sha256: it is {HERE.cpu_features_sha256}, recorded 000" in text
    assert f"environment: torch: it is {HERE.packages['torch']}, recorded 2.12.0" in text
    assert "bytes: 1 outputs have others on this environment; figures were compared" in text
    assert text.endswith("ok: 0 differences, 3 not checked\n")


def test_elsewhere_a_figure_outside_of_its_interval_is_a_difference(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_BITS", "0.09")
    (found,) = replayed(project, ELSEWHERE).differences
    assert found.where == "artifacts/metrics.json: selected.auroc"
    assert "outside of the recorded interval 0.8500 to 0.9500" in found.why


def test_a_library_that_is_told_to_compute_otherwise_is_another_environment(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_BITS", "0.01")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    check = replayed(project, HERE)
    assert (check.state, check.compared) == ("not checked", 3)
    assert "environment: ATEN_CPU_CAPABILITY: it is default, recorded absent" in printed(check)


def test_on_the_environment_on_record_other_bytes_are_a_difference(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_BITS", "0.01")
    (found,) = replayed(project, HERE).differences
    assert found.where == "artifacts/metrics.json" and "its MD5 is" in found.why


def test_elsewhere_the_same_bytes_are_still_the_same(project: Project) -> None:
    check = replayed(project, ELSEWHERE)
    assert (check.state, check.compared) == ("ok", 1)
