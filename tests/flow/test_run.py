"""What a run does, says and leaves."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.outcome import StageReport
from pipeline.repro.guard import Guard
from stages.contracts.errors import MedgraftError, ParamsError, StageError, UsageError
from tests.flow.projects import Project, random_graph, stage, two_branches

Make = Callable[..., Project]
PARAMS = "# how fast\nfit:\n  rate: 0.1  # per step\n  depth: 3\n"


def lines(*stages: list[str]) -> str:
    return "\n".join(["stages:", *(line for one in stages for line in one), ""])


def chain(project: Make, params: str = PARAMS) -> Project:
    return project(
        lines(
            stage("fit", ["out/fit.txt"], ["data"], params=("fit.rate",)),
            stage("score", ["out/score.json"], ["out/fit.txt"]),
        ),
        params,
    )


def with_data(made: Project, files: int = 4) -> Project:
    (made.root / "data").mkdir(exist_ok=True)
    for number in range(files):
        (made.root / "data" / f"case{number}.txt").write_text(f"case {number}")
    return made


def of(made: Project, name: str) -> StageReport:
    return next(stage for stage in made.report().stages if stage.name == name)


def test_a_second_run_has_nothing_to_do(project: Make) -> None:
    made = project(two_branches(0))
    assert set(made.outcomes().values()) == {"ran"}
    assert made.report().outcome == "up-to-date"


def test_deleted_outputs_come_back_without_running(project: Make) -> None:
    made = project(*random_graph(5, 12))
    made.run()
    files, lock = made.hashes(), made.lock()
    for file in list((made.root / "out").rglob("*.txt")):
        file.unlink()
    made.ran()
    assert made.report().outcome == "done"
    assert made.ran() == []
    assert (made.hashes(), made.lock()) == (files, lock)


def test_a_param_set_back_restores_what_was_made_with_it(project: Make) -> None:
    made = with_data(chain(project))
    made.run()
    made.run(edits=("fit.rate=0.2",))
    assert made.ran() == ["fit", "fit", "score", "score"]
    assert {s.outcome for s in made.run(edits=("fit.rate=0.1",)).report.stages} == {"restored"}
    assert made.ran() == []


def test_a_failing_stage_stops_only_what_depends_on_it(project: Make) -> None:
    made = project(two_branches(0).replace("work.py a1", "work.py a1 --sleep nonsense"))
    result = made.run()
    outcomes = {stage.name: stage.outcome for stage in result.report.stages}
    assert outcomes == {"a0": "ran", "a1": "failed", "a2": "not-run", "b0": "ran", "b1": "ran", "b2": "ran"}
    assert [error.exit_code for error in result.errors] == [12]


@pytest.mark.parametrize(("status", "code"), [(10, 10), (11, 11), (15, 15), (3, 12)])
def test_the_exit_code_and_the_block_of_a_stage_become_those_of_the_run(
    project: Make, status: int, code: int
) -> None:
    block = "error: bad image\n  where:  x.png\n  why:    truncated\n  remedy: remove it"
    made = project(f"stages:\n  one:\n    cmd: cat block; exit {status}\n    outs: [out/1.txt]\n")
    made.write(block=block)
    (error,) = made.run().errors
    assert error.exit_code == code
    assert str(error) == block


def test_of_several_failures_the_first_stage_gives_the_exit_code(project: Make) -> None:
    made = project(
        "stages:\n"
        "  slow:\n    cmd: sleep 0.4; exit 10\n    outs: [out/1.txt]\n"
        "  quick:\n    cmd: exit 11\n    outs: [out/2.txt]\n"
    )
    assert [error.exit_code for error in made.run().errors] == [10, 11]


def test_named_stages_run_with_what_they_need_and_no_more(project: Make) -> None:
    made = project(two_branches(0))
    assert made.outcomes("b1") == {"b0": "ran", "b1": "ran"}


def test_a_group_is_named_by_its_common_name(project: Make) -> None:
    made = project(*random_graph(1, 12))
    made.run("grid")
    assert {"grid-p-1", "grid-p-2", "grid-q-1", "grid-q-2"} <= set(made.ran())


def test_an_unknown_stage_is_refused_with_a_suggestion(project: Make) -> None:
    with pytest.raises(UsageError) as caught:
        project(two_branches(0)).run("b11")
    assert caught.value.remedy == "did you mean 'b1'?"


def test_a_forced_stage_runs_though_nothing_changed(project: Make) -> None:
    made = project(two_branches(0))
    made.run()
    made.ran()
    report = made.run(forced=("a1",)).report
    assert made.ran() == ["a1"]
    assert {stage.name: stage.why for stage in report.stages if stage.why} == {"a1": ("forced",)}


def test_setting_a_param_keeps_comments_and_order(project: Make) -> None:
    made = with_data(chain(project))
    made.run(edits=("fit.rate=0.25",))
    assert (made.root / "params.yaml").read_text() == PARAMS.replace("0.1", "0.25")


@pytest.mark.parametrize("edit", ["fit.rat=1", "fit.rate.x=1", "nothing", "fit.rate=[1"])
def test_an_edit_that_cannot_be_made_changes_nothing(project: Make, edit: str) -> None:
    made = with_data(chain(project))
    with pytest.raises(ParamsError):
        made.run(edits=(edit,))
    assert (made.root / "params.yaml").read_text() == PARAMS


def test_params_that_the_stages_refuse_are_put_back(project: Make) -> None:
    made = with_data(chain(project))
    (made.root / "stages").mkdir()
    (made.root / "stages" / "__main__.py").write_text(
        "import sys\n"
        "print('error: bad\\n  where:  params.yaml: fit.rate\\n  why:    no', file=sys.stderr)\n"
        "print('  remedy: yes', file=sys.stderr)\n"
        "sys.exit(10)\n"
    )
    with pytest.raises(ParamsError, match="bad"):
        made.run(edits=("fit.rate=9",))
    assert (made.root / "params.yaml").read_text() == PARAMS
    assert made.ran() == []


def test_a_run_section_that_is_not_valid_is_refused(project: Make) -> None:
    with pytest.raises(ParamsError, match="parameter is not valid"):
        project(two_branches(0), "run:\n  jobs: 0\n").run()


def test_a_stage_over_its_time_limit_is_ended(project: Make) -> None:
    made = project(
        "stages:\n  long:\n    cmd: sleep 30\n    outs: [out/1.txt]\n", "run:\n  timeouts: {long: 0.3}\n"
    )
    report = made.run()
    assert "ran out of time" in str(report.errors[0])
    assert report.report.seconds < 10


def test_a_stage_that_the_machine_killed_is_tried_again(project: Make) -> None:
    made = project(
        "stages:\n  flaky:\n    cmd: test -e tried || { touch tried; kill -9 $$; }; echo > 1.txt\n"
        "    outs: [1.txt]\n"
    )
    assert made.outcomes() == {"flaky": "ran"}


def test_a_stage_that_failed_by_itself_is_not_tried_again(project: Make) -> None:
    made = project("stages:\n  bad:\n    cmd: echo x >> tries; exit 1\n    outs: [out/1.txt]\n")
    made.run()
    assert (made.root / "tries").read_text() == "x\n"


def test_heavy_stages_do_not_run_side_by_side(project: Make) -> None:
    mark = "test ! -e busy && touch busy && sleep 0.3 && rm busy && touch"
    text = "stages:\n" + "".join(
        f"  heavy{n}:\n    cmd: {mark} h{n}.txt\n    outs: [h{n}.txt]\n" for n in range(3)
    )
    made = project(text, "run:\n  weights: {heavy0: 2, heavy1: 2, heavy2: 2}\n")
    assert {s.outcome for s in made.run(jobs=3).report.stages} == {"ran"}


def test_a_command_sees_its_old_outputs_aside_and_none_in_their_place(project: Make) -> None:
    made = project(
        "stages:\n  grow:\n"
        "    cmd: test ! -e g.txt; (cat $MEDGRAFT_PREVIOUS/g.txt 2>/dev/null; echo x) > g.txt\n"
        "    outs: [g.txt]\n"
    )
    made.run()
    made.run(forced=("grow",))
    assert (made.root / "g.txt").read_text() == "x\nx\n"
    assert not list((made.root / ".medgraft" / "running").iterdir())


def test_a_command_is_told_what_the_folders_hold_that_it_reads(project: Make) -> None:
    text = "cmd: cat $MEDGRAFT_LISTINGS > a\n    deps: [data]\n    params: [beta]\n    outs: [a]\n"
    made = project(f"stages:\n  one:\n    {text}")
    (made.root / "data").mkdir()
    (made.root / "data" / "case.txt").write_text("one")
    assert made.outcomes() == {"one": "ran"}
    (listing,) = json.loads((made.root / "a").read_text()).values()
    assert json.loads(Path(listing).read_text()) == {"case.txt": hashlib.md5(b"one").hexdigest()}


def test_data_under_dvc_are_recorded_when_they_change_and_come_back_when_they_go(project: Make) -> None:
    from dvc.repo import Repo

    made = with_data(chain(project))
    with Repo(str(made.root)) as repo:
        repo.add("data")
    made.run()
    (made.root / "data" / "case9.txt").write_text("new")
    assert made.outcomes() == {"data.dvc": "ran", "fit": "ran", "score": "ran"}
    for file in (made.root / "data").iterdir():
        file.unlink()
    (made.root / "data").rmdir()
    assert made.outcomes()["data.dvc"] == "restored"
    assert made.repro() == []


def test_a_missing_input_is_named(project: Make) -> None:
    result = chain(project).run()
    assert result.errors[0].exit_code == 11
    assert "data" in str(result.errors[0])


def test_an_output_that_was_not_written_is_named(project: Make) -> None:
    made = project("stages:\n  lazy:\n    cmd: echo nothing\n    outs: [out/1.txt]\n")
    assert "out/1.txt" in str(made.run().errors[0])


def test_a_stage_in_a_folder_of_its_own_runs_there(project: Make) -> None:
    made = project("stages:\n  one:\n    wdir: sub\n    cmd: pwd > here.txt\n    outs: [here.txt]\n")
    (made.root / "sub").mkdir()
    assert made.outcomes() == {"one": "ran"}
    assert Path((made.root / "sub" / "here.txt").read_text().strip()) == made.root / "sub"


def test_a_list_of_commands_runs_in_order_and_stops_at_a_failure(project: Make) -> None:
    made = project(
        "stages:\n  one:\n"
        "    cmd:\n    - echo 1 > a\n    - cp nothing b\n    - echo 3 > c\n    outs: [a, c]\n"
    )
    with pytest.raises(MedgraftError):
        raise made.run().errors[0]
    assert not (made.root / "a").exists()
    assert not (made.root / "c").exists()


def test_a_full_disk_is_named_wherever_it_shows(project: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = project("stages:\n  one:\n    cmd: echo > a\n    outs: [a]\n")

    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a")

    monkeypatch.setattr(Guard, "claimed", fill)
    (error,) = made.run().errors
    assert (type(error), error.what, error.where) == (StageError, "no space left on the disk", "a")


def test_waiting_threads_of_a_command_sleep_unless_the_user_says_how_they_wait(project: Make) -> None:
    command = "cmd: echo $OMP_WAIT_POLICY $OPENBLAS_THREAD_TIMEOUT > a\n    outs: [a]\n"
    made = project(f"stages:\n  one:\n    {command}")
    made.medgraft("run", OMP_WAIT_POLICY="ACTIVE")
    assert (made.root / "a").read_text() == "ACTIVE 4\n"
    made.medgraft("run", "--force", "one", OPENBLAS_THREAD_TIMEOUT="20")
    assert (made.root / "a").read_text() == "PASSIVE 20\n"
