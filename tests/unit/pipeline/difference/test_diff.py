from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pipeline.difference.command import compare_records
from pipeline.difference.printing import print_diff
from pipeline.difference.report import DiffReport
from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.lineage.record import LineageRecord
from pipeline.workspace import Workspace
from stages.contracts.artifact import write_json
from tests.flow.projects import Project
from tests.unit.pipeline.trace.shelved import Case, keep, keep_manifest, make_record, make_root
from tests.unit.stages.test_contrast import predictions

OLD = [Case("a", "p1", "train"), Case("b", "p1", "val"), Case("c", "p2", "test"), Case("d", "p3", "test")]
NEW = [
    Case("a", "p1", "train"),
    Case("b", "p1", None, "unreadable"),
    Case("c", "p2", "test"),
    Case("e", "p4", "val"),
]


def model(root: Path, cases: list[Case], digit: str, skill: float, epochs: int, code: str) -> LineageRecord:
    record = make_record({"target": keep_manifest(root, cases)}, digit * 64, f"2026-01-0{digit}")
    file = root / "part.parquet"
    predictions(0, 80, skill).assign(model="selected", seed=0).astype({"seed": "Int64"}).to_parquet(file)
    listing = [{"md5": keep(root, file.read_bytes()), "relpath": "predictions.parquet"}]
    file.unlink()
    out = LockedPath(path="artifacts/evaluation", md5=keep(root, json.dumps(listing).encode(), ".dir"))
    stage = LockedStage(
        cmd="python -m stages.evaluate",
        deps=(LockedPath(path="stages/evaluate.py", md5=code * 32),),
        params={"params.yaml": {"finetune": {"epochs": epochs}}},
        outs=(out,),
    )
    ancestry = (record.ancestry[0].model_copy(update={"seed": 0}), *record.ancestry[1:])
    software = record.software.model_copy(update={"packages": {"torch": f"2.{digit}"}})
    changed = {"made_by": record.made_by | {"evaluate": stage}, "ancestry": ancestry, "software": software}
    record = record.model_copy(update=changed)
    write_json(record, root / "lineage/records" / f"{record.identity[:16]}.json")
    return record


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, LineageRecord, LineageRecord]:
    root = make_root(tmp_path_factory.mktemp("diff") / "workspace")
    return Workspace(root), model(root, OLD, "1", 0.1, 8, "a"), model(root, NEW, "2", 0.9, 12, "b")


@pytest.fixture(scope="module")
def report(pair: tuple[Workspace, LineageRecord, LineageRecord]) -> DiffReport:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))
        return compare_records(*pair)


def test_cases_and_patients_are_compared(report: DiffReport) -> None:
    (data,) = report.data
    assert (data.added, data.removed, data.modified, data.moved) == (("e",), ("d",), (), ("b",))
    assert (data.patients_added, data.patients_removed) == (1, 1)


def test_params_code_and_environment_are_compared(report: DiffReport) -> None:
    found = [(c.what, c.before, c.after) for c in (*report.params, *report.code, *report.environment)]
    assert found == [
        ("finetune.epochs", "8", "12"),
        ("stages/evaluate.py", "a" * 32, "b" * 32),
        ("package torch", "2.1", "2.2"),
    ]
    assert report.stages == ()


def test_scores_are_compared_on_the_stored_predictions(report: DiffReport) -> None:
    assert report.scores is not None, report.incomparable
    assert report.scores.cases == 80
    gain = report.scores.difference["auroc"]
    assert 0 < gain.low < gain.value < gain.high


def test_a_model_does_not_differ_from_itself(pair: tuple[Workspace, LineageRecord, LineageRecord]) -> None:
    workspace, before, _ = pair
    same = compare_records(workspace, before, before.model_copy(update={"identity": "3" * 64}))
    assert (same.data, same.params, same.code, same.environment, same.stages) == ((), (), (), (), ())


def test_what_is_not_in_the_cache_is_said(pair: tuple[Workspace, LineageRecord, LineageRecord]) -> None:
    workspace, before, after = pair
    elsewhere = Workspace(make_root(workspace.root.parent / "elsewhere"))
    found = compare_records(elsewhere, before, after)
    assert found.scores is None
    assert "dvc fetch" in (found.incomparable or "")
    assert "not in DVC's cache" in (found.data[0].unread or "")


def test_people_read_lines_without_names_of_cases(report: DiffReport) -> None:
    out = io.StringIO()
    print_diff(report, out)
    lines = out.getvalue().splitlines()
    assert "data target: cases 1 added, 1 removed, 0 modified, 1 moved; patients 1 added, 1 removed" in lines
    assert "  finetune.epochs: 8 to 12" in lines
    assert "scores on 80 test cases in common (40 groups):" in lines


def test_the_command_prints_one_object(pair: tuple[Workspace, LineageRecord, LineageRecord]) -> None:
    done = Project(pair[0].root).medgraft("diff", "1" * 16, "2" * 16, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["before"], told["after"]) == ("1" * 64, "2" * 64)
    assert told["scores"]["difference"]["auroc"]["low"] > 0
