"""The audit, tried as whoever tampers with a model's files would try it."""

from __future__ import annotations

import contextlib
import fcntl
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.audit.examination import audit
from pipeline.audit.replay import make_apart
from pipeline.workspace import Workspace
from tests.functional.audited import Audited, compute_here, differences, make_audited
from tests.functional.forgeries import forgeries
from tests.functional.harmless import harmless
from tests.functional.tamperings import tamperings
from tests.functional.workspaces import Workspace as Functional

pytestmark = pytest.mark.slow
TAMPERINGS = [*tamperings(), *forgeries()]
HARMLESS = list(harmless())


@pytest.fixture(scope="session")
def two_models(
    first_run: tuple[Functional, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Audited:
    """A workspace with two models, the second of which it holds; not to be changed."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared if worker_id == "master" else shared.parent) / "two-models"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            (folder / "workspace").mkdir(exist_ok=True)
            with contextlib.chdir(folder / "workspace"):  # DVC names stages as seen from here
                make_audited(first_run[0], folder / "workspace")
            (folder / "made").touch()
    return Audited(folder / "workspace")


@pytest.fixture
def audited(two_models: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audited:
    """A copy of it, to be tampered with."""
    copy = two_models.copy(tmp_path / "workspace")
    monkeypatch.chdir(copy.root)
    return copy


@pytest.mark.parametrize("number", range(len(TAMPERINGS)), ids=[one.what for one in TAMPERINGS])
def test_every_tampering_is_found_and_named(number: int, two_models: Audited, audited: Audited) -> None:
    one = TAMPERINGS[number]
    one.do(audited, random.Random(number))
    report = audited.audit("v2")
    error = report.error()
    assert error is not None
    assert error.exit_code == 13
    places = [remark.where for remark in differences(report)]
    for name in one.named:
        assert any(name in place for place in places), (name, places)


@pytest.mark.parametrize("number", range(len(HARMLESS)), ids=[one.what for one in HARMLESS])
def test_nothing_that_anybody_may_do_raises_an_alarm(number: int, audited: Audited) -> None:
    one = HARMLESS[number]
    here = one.do(audited) or audited
    report = here.audit(one.model)
    assert report.error() is None, differences(report)


def test_a_replay_gives_every_byte_again_and_leaves_nothing_behind(
    audited: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = sorted(audited.root.rglob("*"))
    report = audit(Workspace(audited.root), "v2", compute_here, make=make_apart)
    assert report.checks[-1].name == "replay"
    assert report.checks[-1].state == "ok", report.checks[-1]
    assert report.checks[-1].compared > 20
    assert list(tmp_path.iterdir()) == [audited.root]
    new = {path for path in set(audited.root.rglob("*")) - set(before) if ".medgraft" not in path.parts}
    assert not {path for path in new if ".dvc" not in path.parts and "__pycache__" not in path.parts}


def test_there_are_enough_of_both() -> None:
    assert len(TAMPERINGS) >= 60
    assert len(HARMLESS) >= 20
