"""What one machine has made, another one restores: `run --push` and `run --pull`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.logbook import Logbook
from pipeline.run import RunRequest, RunResult, run_pipeline
from stages.contracts.errors import MedgraftError
from tests.flow.projects import Project, stage
from tests.flow.remotes import add_data, add_remote, clone, commit_all

Make = Callable[..., Project]
PIPELINE = "\n".join(
    [
        "stages:",
        *stage("fit", ["out/fit.d", "out/fit.json"], ["data"], params=("rate",)),
        *stage("score", ["out/score.txt", "out/score.csv"], ["out/fit.d"]),
        "",
    ]
)


def run(made: Project, *, pull: bool = False, push: bool = False, edits: tuple[str, ...] = ()) -> RunResult:
    os.chdir(made.root)
    return run_pipeline(made.root, RunRequest(edits=edits, pull=pull, push=push), Logbook())


def outcomes(result: RunResult) -> dict[str, str]:
    return {stage.name: stage.outcome for stage in result.report.stages}


@pytest.fixture
def shared(project: Make, tmp_path: Path) -> Project:
    """A project that has run and pushed to a folder, with everything committed."""
    made = project(PIPELINE, "rate: 1\n")
    add_data(made)
    add_remote(made, str(tmp_path / "remote"))
    (made.root / ".gitignore").write_text("/.medgraft\n/ran.log\n/data\n")
    assert not run(made, push=True).errors
    made.ran()
    commit_all(made.root)
    return made


def test_a_fresh_clone_computes_nothing_and_ends_in_the_same_hashes(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "clone")
    result = run(other, pull=True)
    assert not result.errors, "\n".join(map(str, result.errors))
    assert outcomes(result) == {"data.dvc": "restored", "fit": "restored", "score": "restored"}
    assert other.ran() == []
    assert (other.hashes(), other.lock()) == (shared.hashes(), shared.lock())
    assert run(other).report.outcome == "up-to-date"


def test_a_setting_that_another_machine_has_tried_is_restored(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "clone")
    assert not run(other, pull=True, push=True, edits=("rate=2",)).errors
    assert other.ran() == ["fit", "score"]
    assert set(outcomes(run(shared, pull=True, edits=("rate=2",))).values()) == {"restored"}
    assert shared.ran() == []
    assert shared.hashes() == other.hashes()


def test_without_a_dvc_lock_the_records_of_the_run_cache_suffice(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "clone")
    (other.root / "dvc.lock").unlink()
    shutil.rmtree(other.root / "out", ignore_errors=True)
    assert set(outcomes(run(other, pull=True)).values()) == {"restored"}
    assert (other.hashes(), other.lock()) == (shared.hashes(), shared.lock())


def test_what_the_remote_lacks_is_computed(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "clone")
    assert set(outcomes(run(other, pull=True, edits=("rate=3",))).values()) == {"restored", "ran"}
    assert other.ran() == ["fit", "score"]


def test_a_second_push_of_the_same_copies_no_record_again(
    shared: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shared, push=True).report.outcome == "up-to-date"
    assert "0 new records shared" in capsys.readouterr().err


def test_without_a_remote_nothing_starts(project: Make) -> None:
    made = project(PIPELINE.replace("data", "work.py"), "rate: 1\n")
    with pytest.raises(MedgraftError) as caught:
        run(made, push=True)
    assert caught.value.exit_code == 2
    assert "dvc remote add" in caught.value.remedy
    assert made.ran() == []


def test_a_share_that_is_not_mounted_is_an_error_and_no_empty_remote(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "clone")
    shutil.move(tmp_path / "remote", tmp_path / "gone")
    with pytest.raises(MedgraftError) as caught:
        run(other, pull=True)
    assert caught.value.exit_code == 17
    assert "remote" in caught.value.why
    assert other.ran() == []


def test_after_a_failed_push_the_results_stay_and_the_next_push_completes(
    shared: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remote = tmp_path / "remote"
    shutil.move(remote, tmp_path / "kept")
    remote.write_text("a file where the folder should be")
    result = run(shared, push=True, edits=("rate=5",))
    assert [error.exit_code for error in result.errors] == [17]
    assert "Traceback" not in capsys.readouterr().err
    assert set(outcomes(result).values()) == {"ran"}
    assert run(shared).report.outcome == "up-to-date"
    remote.unlink()
    shutil.move(tmp_path / "kept", remote)
    assert not run(shared, push=True).errors
    commit_all(shared.root)
    assert "ran" not in outcomes(run(clone(shared, tmp_path / "clone"), pull=True)).values()


def test_an_object_that_cannot_be_read_fails_its_stage_and_the_rest_stays(
    shared: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = clone(shared, tmp_path / "clone")
    outs = YAML(typ="safe").load(shared.lock())["stages"]["score"]["outs"]
    md5 = next(out["md5"] for out in outs if out["path"] == "out/score.txt")
    held = tmp_path / "remote/files/md5" / md5[:2] / md5[2:]
    held.unlink()
    held.mkdir()
    result = run(other, pull=True)
    assert outcomes(result)["fit"] == "restored"
    assert outcomes(result)["score"] == "failed"
    assert [error.exit_code for error in result.errors] == [17]
    assert other.ran() == []
    assert "Traceback" not in capsys.readouterr().err


def test_a_record_that_names_another_place_is_not_followed(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "clone")
    (other.root / "dvc.lock").unlink()
    for record in (tmp_path / "remote" / "runs").rglob("*"):
        if record.is_file() and "fit.d" in record.read_text():
            record.chmod(0o644)
            record.write_text(record.read_text().replace("out/fit.json", "out/evil.json"))
    run(other, pull=True)
    assert "fit" in other.ran()
    assert not (other.root / "out/evil.json").exists()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A real S3 server with a bucket, and credentials in the environment."""
    from moto.server import ThreadedMotoServer

    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for key, value in keys.items():
            patch.setenv(key, value)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        import boto3

        boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="medgraft")
        yield f"http://{host}:{port}"
        server.stop()


def on_s3(project: Make, endpoint: str, url: str) -> Project:
    made = project(PIPELINE, "rate: 1\n")
    add_data(made)
    add_remote(made, url, endpointurl=endpoint)
    (made.root / ".gitignore").write_text("/.medgraft\n/ran.log\n/data\n")
    return made


@pytest.mark.slow
def test_an_s3_bucket_restores_a_fresh_clone(project: Make, s3: str, tmp_path: Path) -> None:
    made = on_s3(project, s3, "s3://medgraft/project")
    assert not run(made, push=True).errors
    commit_all(made.root)
    other = clone(made, tmp_path / "clone")
    assert set(outcomes(run(other, pull=True)).values()) == {"restored"}
    assert (other.hashes(), other.lock()) == (made.hashes(), made.lock())


@pytest.mark.slow
def test_a_bucket_misspelt_is_an_error_and_no_empty_remote(project: Make, s3: str) -> None:
    made = on_s3(project, s3, "s3://medgaft/project")
    with pytest.raises(MedgraftError) as caught:
        run(made, pull=True)
    assert caught.value.exit_code == 17
    assert made.ran() == []
    result = run(made, push=True)
    assert [error.exit_code for error in result.errors] == [17]
    assert set(outcomes(result).values()) == {"ran"}
