"""A user's own data: looked at, taken, taken again, refused; each through the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.flow.projects import Project
from tests.functional.workspaces import make_workspace
from tests.unit.pipeline.data.places import contents, git
from tests.unit.stages.chain import raw_target
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import striped

pytestmark = pytest.mark.slow
RAW = "data/raw/target"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has taken a user's images, beside them; not to be changed."""
    root = tmp_path_factory.mktemp("taken")
    make_workspace(root / "workspace")
    git(root / "workspace", "add", "-A")
    git(root / "workspace", "commit", "-qm", "x")
    raw_target(root / "mine", per_class=35, strength=20)
    done = medgraft(root / "workspace", "use", str(root / "mine"), "--as", "target", "--json")
    assert done.returncode == 0, done.stderr
    (root / "report.json").write_text(done.stdout)
    return root


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def medgraft(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return Project(root).medgraft("data", *arguments)


def use(place: Path, *arguments: str, data: str = "mine") -> dict[str, Any]:
    given = [str(place / data), "--as", "target", "--json", *arguments]
    done = medgraft(place / "workspace", "use", *given)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def params(place: Path) -> Any:
    return YAML(typ="safe").load(place / "workspace" / "params.yaml")


def refused(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.rstrip().splitlines()[-4:]
    assert [line.split(":")[0].strip() for line in lines] == ["error", "where", "why", "remedy"], done.stderr
    return "\n".join(lines)


def test_taken_data_are_under_dvc_and_in_params_and_no_longer_in_git(made: Path) -> None:
    report, root = json.loads((made / "report.json").read_text()), made / "workspace"
    assert (report["outcome"], report["check"]["format"], report["check"]["cases"]) == ("taken", "folder", 70)
    assert report["files"] | {"first": ()} == {"added": 10, "removed": 0, "modified": 60, "first": ()}
    assert any(said.startswith(f"git no longer tracks {RAW}") for said in report["said"])
    assert git(root, "ls-files", RAW) == ""
    assert (root / f"{RAW}.dvc").exists()
    assert not (root / ".medgraft/replaced").exists(), "git has the old ones"


def test_the_same_data_again_change_nothing(place: Path) -> None:
    before = contents(place / "workspace")
    report = use(place)
    assert (report["outcome"], report["params"]) == ("up-to-date", {})
    assert contents(place / "workspace") == before


def test_changed_data_are_counted_and_status_agrees(place: Path) -> None:
    root = place / "workspace"
    assert Project(root).medgraft("run", "ingest@target").returncode == 0
    save(striped(77, 1, 20), place / "mine/yes/003.png")
    report = use(place)
    assert report["files"] == {"added": 0, "removed": 0, "modified": 1, "first": ["yes/003.png"]}
    status = json.loads(Project(root).medgraft("status", "--json").stdout)
    (stage,) = (stage for stage in status["stages"] if stage["name"] == "ingest@target")
    assert stage["changes"] == [{"path": RAW, "added": 0, "removed": 0, "modified": 1}]
    done = Project(root).medgraft("run", "ingest@target")
    assert "target: 1 looked at, 69 recalled" in done.stderr


def test_data_with_a_severe_finding_are_shown_and_not_taken(place: Path) -> None:
    save(striped(1, 1, 20), place / "mine/rare/000.png")
    before = contents(place / "workspace")
    done = medgraft(place / "workspace", "use", str(place / "mine"), "--as", "target")
    assert "class 'rare' has 1 case" in refused(done, 11)
    assert "severe   class-too-small: class 'rare'" in done.stdout
    assert contents(place / "workspace") == before


def test_a_check_takes_nothing_and_needs_no_workspace(place: Path) -> None:
    before = contents(place)
    (place / "mine/yes/003.png").write_text("damaged")
    done = medgraft(place / "mine", "check", ".", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    found = {finding["kind"]: finding for finding in report["findings"]}
    assert (report["outcome"], report["used"], report["classes"]) == ("usable", 69, ["no", "yes"])
    assert found["unreadable"]["cases"] == ["yes/003.png"]
    save(striped(1, 1, 20), place / "mine/rare/000.png")
    done = medgraft(place / "workspace", "check", "../mine", "--json")
    refused(done, 11)
    assert json.loads(done.stdout)["outcome"] == "refused"
    shutil.rmtree(place / "mine")
    assert contents(place) == {
        name: data for name, data in before.items() if name.startswith("workspace")
    } | {"report.json": before["report.json"]}


def test_a_table_from_elsewhere_becomes_a_raw_file_and_links_share_the_users_bytes(place: Path) -> None:
    names = sorted(file.stem for file in (place / "mine/yes").iterdir())
    lines = [f"y{name},p{name},{'ab'[int(name) % 2]}" for name in names]
    (place / "table.csv").write_text("\n".join(["id,who,dx", *lines]))
    for file in (place / "mine/yes").iterdir():
        file.rename(place / f"mine/y{file.name}")
    shutil.rmtree(place / "mine/no")
    shutil.rmtree(place / "mine/yes")
    report = use(place, "--labels", str(place / "table.csv"), "--label", "dx", "--patient", "who", "--link")
    assert report["params"]["ingest.target.adapter"] == {
        "format": "table", "file": "labels.csv", "path": "id", "suffix": ".png", "label": "dx",
        "patient": "who",
    }  # fmt: skip
    assert report["params"]["select.positive"] == params(place)["select"]["positive"] == "b"
    assert report["check"]["patients"] == 35
    raw = place / "workspace" / RAW
    assert (raw / "labels.csv").read_bytes() == (place / "table.csv").read_bytes()
    assert (raw / "y000.png").samefile(place / "mine/y000.png")
    done = Project(place / "workspace").medgraft("run", "prepare@target")
    assert done.returncode == 0, done.stderr


def test_a_new_source_is_trained_by_the_next_run(place: Path) -> None:
    report = use(place, "--as", "mine")
    assert report["domain"] == "mine"
    assert params(place)["grid"]["trained"] == ["formula", "mine"]
    status = json.loads(Project(place / "workspace").medgraft("status", "--json").stdout)
    assert {"ingest@mine", "train_source@mine", "finetune@mine-lp_ft-0"} <= {
        s["name"] for s in status["stages"]
    }


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["use", "../mine", "--as", "No/Name"], 2, "cannot be the name of a domain"),
        (["use", "../nowhere", "--as", "target"], 2, "no such file or folder"),
        (["use", ".", "--as", "target"], 2, "hold the raw folder"),
        (["use", "../mine", "--as", "target", "--positive", "maybe"], 2, "cannot be the positive class"),
        (["check", "../mine", "--labels", "../table.csv"], 2, "there is no such table"),
    ],
)
def test_what_the_user_asks_wrong_is_said_in_four_lines(
    made: Path, arguments: list[str], code: int, said: str
) -> None:
    before = contents(made)
    assert said in refused(medgraft(made / "workspace", *arguments), code)
    assert contents(made) == before


def test_params_that_would_not_be_valid_keep_the_data_out(place: Path) -> None:
    file = place / "workspace/params.yaml"
    file.write_text(file.read_text().replace("epochs: 2", "epochs: many"))
    (place / "mine/yes/003.png").unlink()
    before = contents(place / "workspace")
    assert "params.yaml: finetune.epochs" in refused(
        medgraft(place / "workspace", "use", str(place / "mine"), "--as", "target"), 10
    )
    assert contents(place / "workspace") == before


def test_a_workspace_that_another_run_holds_is_left_alone(place: Path) -> None:
    import fcntl

    with (place / "workspace/.medgraft/run.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(medgraft(place / "workspace", "use", str(place / "mine"), "--as", "target"), 14)
