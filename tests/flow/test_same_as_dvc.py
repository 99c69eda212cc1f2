"""What a run leaves is what `dvc repro` leaves, byte by byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flow.projects import Project, random_graph, stage, two_branches

Make = Callable[..., Project]


def both(project: Project) -> tuple[bytes, bytes]:
    """Gives the dvc.lock of a run and of `dvc repro`, each from nothing."""
    assert project.report().outcome == "done"
    ours = project.lock()
    assert project.repro() == [], "`dvc repro` after a run has nothing to do"
    project.forget()
    project.repro()
    return ours, project.lock()


def test_two_branches_give_the_same_lock(project: Make) -> None:
    ours, theirs = both(project(two_branches(0.1)))
    assert ours == theirs


@pytest.mark.parametrize(("seed", "size"), [(1, 31), (2, 14)])
def test_a_random_graph_gives_the_same_lock(project: Make, seed: int, size: int) -> None:
    made = project(*random_graph(seed, size))
    ours, theirs = both(made)
    assert ours == theirs
    assert len(made.report().stages) == size - 1


def test_a_run_after_dvc_repro_has_nothing_to_do(project: Make) -> None:
    made = project(*random_graph(3, 12))
    made.repro()
    before = made.lock()
    assert made.report().outcome == "up-to-date"
    assert made.lock() == before


def test_a_changed_param_gives_the_same_lock(project: Make) -> None:
    made = project(*random_graph(4, 15))
    made.run()
    made.run(edits=("beta=false",))
    ours = made.lock()
    text = (made.root / "params.yaml").read_text()
    made.forget()
    made.write(params__yaml=text.replace("beta: false", "beta: true"))
    made.repro()
    made.write(params__yaml=text)
    made.repro()
    assert ours == made.lock()


def test_a_stage_added_in_the_middle_is_appended_as_dvc_does(project: Make) -> None:
    one, two, three = (
        stage("one", ["out/1.txt"], []),
        stage("two", ["out/2.txt"], ["out/1.txt"]),
        stage("three", ["out/3.txt"], ["out/1.txt"]),
    )
    locks = []
    for run in (Project.report, Project.repro):
        made = project("\n".join(["stages:", *one, *three, ""]), name=run.__name__)
        run(made)
        made.write(dvc__yaml="\n".join(["stages:", *one, *two, *three, ""]))
        run(made)
        locks.append(made.lock())
    assert locks[0] == locks[1]


def test_a_run_that_failed_halfway_ends_with_the_lock_of_one_that_did_not(project: Make) -> None:
    made = project(two_branches(0.05))
    text = (made.root / "dvc.yaml").read_text()
    made.write(dvc__yaml=text.replace("--out out/a1.txt", "--out out/other.txt"))
    assert made.report().outcome == "failed"
    made.write(dvc__yaml=text)
    assert made.report().outcome == "done"
    ours = made.lock()
    made.forget()
    made.repro()
    assert ours == made.lock()


def test_dvc_restores_from_the_run_cache_what_a_run_made(project: Make) -> None:
    made = project(two_branches(0))
    made.run()
    before, files = made.lock(), made.hashes()
    (made.root / "dvc.lock").unlink()
    for file in (made.root / "out").glob("*.txt"):
        file.unlink()
    made.ran()
    made.repro()
    assert made.ran() == []
    assert (made.lock(), made.hashes()) == (before, files)
