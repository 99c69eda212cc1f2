from __future__ import annotations

import hashlib
import io
import os
import shutil
from pathlib import Path

import pytest

from pipeline.trace.printing import print_trace
from pipeline.trace.report import Effect, TraceReport
from pipeline.trace.tracing import trace
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError
from tests.unit.pipeline.trace.shelved import Case, keep_manifest, make_root, put_record

IMAGE = b"pixels"
MD5 = hashlib.md5(IMAGE).hexdigest()
OLD = [
    Case("a/1.png", "p1", "train", file_md5=MD5),
    Case("a/2.png", "p1", "train"),
    Case("b/3.png", "p2", "val"),
    Case("b/4.png", "p3", "test"),
    Case("b/5.png", "p4", None, "unreadable"),
]
SOURCE = [Case("s/1", "p1", "test"), Case("s/2", "p5", "train"), Case("s/3", "p6", "val")]
OTHER = [Case("o/1", "p7", "train")]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = make_root(tmp_path / "workspace")
    manifests = {
        name: keep_manifest(root, cases)
        for name, cases in {"target": OLD, "source": SOURCE, "other": OTHER}.items()
    }
    put_record(root, manifests, "1" * 64, "2026-01-01T00:00:00Z")
    newer = keep_manifest(root, [case for case in OLD if case.patient_id != "p2"])
    put_record(root, manifests | {"target": newer}, "2" * 64, "2026-02-01T00:00:00Z")
    return Workspace(root)


def told(report: TraceReport) -> dict[str, list[tuple[str, str | None, Effect | None, int]]]:
    return {
        model.identity[0]: [(s.domain, s.split, s.effect, len(s.cases)) for s in model.sightings]
        for model in report.models
    }


def test_a_patient_is_found_in_every_model_domain_and_split(workspace: Workspace) -> None:
    seen = [("target", "train", "trained", 2), ("source", "test", "tested", 1)]
    report = trace(workspace, "patient", "p1")
    assert told(report) == {"2": seen, "1": seen}
    assert report.retrain == ("2" * 64, "1" * 64)
    assert not report.unread


def test_only_models_whose_data_held_the_patient_are_named(workspace: Workspace) -> None:
    assert told(trace(workspace, "patient", "p2")) == {"1": [("target", "val", "chosen", 1)]}
    assert told(trace(workspace, "patient", "nobody")) == {}


@pytest.mark.parametrize(
    ("patient", "effect", "retrained"),
    [
        ("p2", "chosen", 1),
        ("p3", "tested", 0),
        ("p4", "excluded", 0),
        ("p5", "trained", 2),
        ("p7", "compared", 2),
    ],
)
def test_what_must_be_retrained_follows_from_how_the_case_was_met(
    workspace: Workspace, patient: str, effect: str, retrained: int
) -> None:
    report = trace(workspace, "patient", patient)
    assert {model.effect for model in report.models} == {effect}
    assert len(report.retrain) == retrained


def test_the_stages_to_make_again_are_those_behind_the_domain(workspace: Workspace) -> None:
    by_source = trace(workspace, "case", "s/2").models[0].stages
    assert set(by_source) == {
        "prepare@source",
        "train_source@source",
        "finetune@source-full-0",
        "select",
        "package",
    }
    assert "finetune@other-full-0" in trace(workspace, "case", "a/1.png").models[0].stages
    assert trace(workspace, "patient", "p4").models[0].stages == ()


def test_a_file_is_found_by_its_bytes_wherever_it_lies(workspace: Workspace, tmp_path: Path) -> None:
    copy = tmp_path / "renamed.bin"
    copy.write_bytes(IMAGE)
    report = trace(workspace, "file", str(copy))
    assert report.matched == "bytes"
    assert report.models[0].sightings[0].cases == ("a/1.png",)


def test_a_raw_path_is_found_even_where_the_file_is_gone_or_is_another_one(workspace: Workspace) -> None:
    place = workspace.root / "data/raw/target/a/1.png"
    assert trace(workspace, "file", str(place)).matched == "path"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"other pixels")
    report = trace(workspace, "file", str(place))
    assert report.matched == "path"
    assert [case for model in report.models for one in model.sightings for case in one.cases] == [
        "a/1.png"
    ] * 2


def test_a_file_in_a_folder_that_is_one_case_is_found(workspace: Workspace) -> None:
    assert told(trace(workspace, "file", str(workspace.root / "data/raw/source/s/2/slice7.dcm")))["1"] == [
        ("source", "train", "trained", 1)
    ]


def test_the_same_path_of_another_domain_is_another_file(workspace: Workspace) -> None:
    assert trace(workspace, "file", str(workspace.root / "data/raw/source/a/1.png")).models == ()


def test_a_path_that_is_nothing_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no such file"):
        trace(workspace, "file", "/nowhere/x.png")


def test_a_manifest_that_is_gone_from_the_cache_is_said_and_read_once_it_is_back(
    workspace: Workspace,
) -> None:
    cache = workspace.root / ".dvc/cache"
    cache.rename(workspace.root / "away")
    report = trace(workspace, "patient", "p1")
    assert report.models == ()
    assert {(one.identity or "")[0] for one in report.unread} == {"1", "2"}
    assert {one.domain for one in report.unread} == {"target", "source", "other"}
    (workspace.root / "away").rename(cache)
    assert len(trace(workspace, "patient", "p1").models) == 2


def test_a_damaged_manifest_is_not_believed(workspace: Workspace) -> None:
    for file in workspace.root.glob(".dvc/cache/files/md5/*/*"):
        if not file.name.endswith(".dir"):
            file.write_bytes(file.read_bytes()[::-1])
    report = trace(workspace, "patient", "p1")
    assert report.models == ()
    assert all("damaged" in one.why for one in report.unread)


def test_the_index_answers_where_the_manifests_are_gone(workspace: Workspace) -> None:
    before = trace(workspace, "patient", "p1")
    shutil.rmtree(workspace.root / ".dvc/cache")
    assert trace(workspace, "patient", "p1") == before


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"\x01" * 4096])
def test_an_index_that_is_lost_or_damaged_is_made_anew(workspace: Workspace, content: bytes) -> None:
    before = trace(workspace, "patient", "p1")
    index = workspace.state / "trace.sqlite"
    assert index.stat().st_mode & 0o077 == 0
    index.write_bytes(content)
    assert trace(workspace, "patient", "p1") == before


def test_a_record_that_is_gone_or_changed_changes_the_answer(workspace: Workspace) -> None:
    trace(workspace, "patient", "p1")
    first = workspace.root / "lineage/records" / f"{'1' * 16}.json"
    first.unlink()
    second = first.with_name(f"{'2' * 16}.json")
    second.write_text(second.read_text().replace('"toy"', '"toyota"'))
    os.utime(second)
    assert [model.name for model in trace(workspace, "patient", "p1").models] == ["toyota"]


def test_data_of_the_workspace_that_no_model_saw_are_named(workspace: Workspace) -> None:
    kept = keep_manifest(workspace.root, [Case("new/1.png", "p9", "train")])
    folder = workspace.root / "artifacts/ingested/target"
    folder.mkdir(parents=True)
    for file in workspace.root.glob(".dvc/cache/files/md5/*/*"):
        if hashlib.sha256(file.read_bytes()).hexdigest() == kept.sha256:
            shutil.copy(file, folder / "manifest.parquet")
    report = trace(workspace, "patient", "p9")
    assert report.models == ()
    assert [(one.split, one.effect, one.cases) for one in report.present] == [("train", None, ("new/1.png",))]


def test_the_index_lies_where_git_does_not_look(workspace: Workspace) -> None:
    trace(workspace, "patient", "p1")
    assert (workspace.state / ".gitignore").read_text() == "*\n"


def test_of_a_file_that_holds_many_cases_it_is_said_how_to_ask(workspace: Workspace) -> None:
    package = workspace.root / "data/raw/target/pathmnist.npz"
    package.parent.mkdir(parents=True, exist_ok=True)
    package.write_bytes(b"many images")
    report = trace(workspace, "file", str(package))
    assert (report.models, report.inside) == ((), "target")
    out = io.StringIO()
    print_trace(report, out)
    assert "no case of target is this file itself" in out.getvalue() and "--case" in out.getvalue()
    assert trace(workspace, "case", "a/1.png").inside is None
