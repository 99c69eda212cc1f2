"""Nothing is recorded that is not so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.contracts.errors import CacheError
from tests.flow.projects import Project, stage, wait_for

Make = Callable[..., Project]


def slow(project: Make) -> Project:
    made = project(
        "\n".join(["stages:", *stage("fit", ["out/fit.txt"], ["data", "module.py"], 0.8, ("rate",)), ""]),
        "rate: 1\nother: 2\n",
    )
    (made.root / "data").mkdir()
    (made.root / "data" / "case1.txt").write_text("one")
    (made.root / "module.py").write_text("x = 1\n")
    return made


def edit_while_running(made: Project, file: str, text: str) -> str:
    """Runs, edits a file in the middle, and gives the errors."""
    (made.root / "ran.log").unlink(missing_ok=True)

    def edit() -> None:
        wait_for(made.root / "ran.log")
        (made.root / file).write_text(text)

    thread = threading.Thread(target=edit)
    thread.start()
    errors = made.run().errors
    thread.join()
    return "\n".join(map(str, errors))


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("data/case1.txt", "two", "data: 1 file changed (1 modified): case1.txt"),
        ("data/case2.txt", "new", "data: 1 file changed (1 added): case2.txt"),
        ("params.yaml", "rate: 7\nother: 2\n", "params.yaml: rate 1 -> 7"),
        ("module.py", "x = 2\n", "module.py changed"),
    ],
)
def test_an_input_edited_while_its_stage_runs_is_refused_and_named(
    project: Make, file: str, text: str, named: str
) -> None:
    made = slow(project)
    made.run()
    (made.root / "data" / "case0.txt").write_text("zero")
    made.run()
    lock, files = made.lock(), made.hashes()
    runs = sorted((made.root / ".dvc" / "cache" / "runs").rglob("*"))
    (made.root / "module.py").write_text("x = 0\n")
    error = edit_while_running(made, file, text)
    assert named in error
    assert (made.lock(), made.hashes()) == (lock, files)
    assert sorted((made.root / ".dvc" / "cache" / "runs").rglob("*")) == runs
    assert made.outcomes() == {"fit": "ran"}, "the next run makes it of what is there now"


@pytest.mark.parametrize("file", ["data/case1.txt", "module.py"])
def test_an_input_that_is_changed_and_changed_back_meanwhile_is_refused_and_named(
    project: Make, file: str
) -> None:
    """The command may have read what stood there in between."""
    made = slow(project)
    text = (made.root / file).read_text()

    def edit() -> None:
        wait_for(made.root / "ran.log")
        (made.root / file).write_text("between")
        (made.root / file).write_text(text)

    thread = threading.Thread(target=edit)
    thread.start()
    (error,) = made.run().errors
    thread.join()
    assert error.where == file
    assert not (made.root / "dvc.lock").exists()


def test_a_param_of_another_stage_may_change_meanwhile(project: Make) -> None:
    made = slow(project)
    assert edit_while_running(made, "params.yaml", "rate: 1\nother: 3\n") == ""


def damage(made: Project, name: str) -> None:
    """Flips the content of the cached object of an output, as a bad disk does."""
    from dvc.repo import Repo

    with Repo(str(made.root)) as repo:
        (out,) = (out for out in repo.index.outs if str(out).endswith(name))
        path = Path(out.cache_path)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"\0")
    path.chmod(0o444)


@pytest.mark.parametrize("key", ["size", "nfiles"])
def test_a_run_with_another_size_is_never_restored(project: Make, key: str) -> None:
    """DVC's key of a run leaves out whatever is called so, and would give the images of the other size."""
    made = project("\n".join(["stages:", *stage("fit", ["out/fit.txt"], [], params=("prepare",)), ""]), "")
    outputs: dict[int, set[bytes]] = {}
    for value in (28, 64, 28, 64):
        made.write(params__yaml=f'prepare: {{"{key}":{value}}}\n')
        assert not made.run().errors
        outputs.setdefault(value, set()).add(made.hashes()["out/fit.txt"])
    assert len(outputs[28]) == len(outputs[64]) == 1
    assert outputs[28] != outputs[64]
    assert made.ran() == ["fit", "fit"]  # each once: the second time it is restored


def test_a_damaged_cached_object_is_named_and_never_restored(project: Make) -> None:
    made = slow(project)
    made.run()
    files = made.hashes()
    damage(made, "fit.txt")
    (made.root / "out" / "fit.txt").unlink()
    (error,) = made.run().errors
    assert isinstance(error, CacheError)
    assert ".dvc/cache/files/md5" in error.where
    assert made.outcomes() == {"fit": "ran"}
    assert made.hashes() == files


def test_a_damaged_cached_object_is_fetched_from_a_remote_that_has_it(project: Make) -> None:
    from dvc.repo import Repo

    made = slow(project)
    (made.root / ".dvc" / "config").write_text(
        "[core]\n    remote = r\n['remote \"r\"']\n    url = ../../remote\n"
    )
    made.run()
    files = made.hashes()
    with Repo(str(made.root)) as repo:
        repo.push()
    damage(made, "fit.txt")
    (made.root / "out" / "fit.txt").unlink()
    assert made.outcomes() == {"fit": "restored"}
    assert made.hashes() == files


def test_what_a_background_process_of_a_command_would_write_later_is_not_awaited(project: Make) -> None:
    made = project("stages:\n  one:\n    cmd: (sleep 5; echo late > a) & echo now > a\n    outs: [a]\n")
    report = made.report()
    assert report.seconds < 5
    assert (made.root / "a").read_text() == "now\n"
