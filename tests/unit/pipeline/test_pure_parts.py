"""The parts of the bridge that need no repository."""

from __future__ import annotations

import io
import os
import threading
import time

import pytest
from dvc.utils.serialize._yaml import _dump
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.logbook import Logbook
from pipeline.params.settings import RunSettings
from pipeline.processes.command import Exit
from pipeline.processes.failure import MachineError, explain_exit
from pipeline.processes.halt import Halt, StoppedError
from pipeline.processes.shell import start_arguments
from pipeline.processes.tokens import Tokens
from pipeline.repro.lock_text import LockText
from pipeline.why import compare_listings, describe_folder, describe_params

PATH = os.environ["PATH"]


@pytest.mark.parametrize(
    "line",
    [
        "echo a > b",
        "a=1 env",
        "cd x && ls",
        "ls *.py",
        "echo $HOME",
        "true; false",
        "exit 3",
        "no-such-program x",
    ],
)
def test_a_line_with_shell_syntax_goes_to_the_shell_that_dvc_uses(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/bin/bash")
    assert start_arguments(line, PATH) == ["/bin/bash", "--noprofile", "--norc", "-c", line]


def test_a_plain_line_needs_no_shell() -> None:
    program, *rest = start_arguments("python -m stages.fit --out a/b@c.txt --rate 0.1", PATH)
    assert program.endswith("/python")
    assert rest == ["-m", "stages.fit", "--out", "a/b@c.txt", "--rate", "0.1"]


def test_every_changed_parameter_is_named_with_both_values() -> None:
    old = {"fit": {"rate": 0.1, "gone": 1, "same": [1]}, "flag": True}
    new = {"fit": {"rate": 0.2, "same": [1], "new": None}, "flag": False}
    assert describe_params("params.yaml", old, new) == (
        "params.yaml: fit.gone was removed",
        "params.yaml: fit.new = null is new",
        "params.yaml: fit.rate 0.1 -> 0.2",
        "params.yaml: flag true -> false",
    )


def test_a_changed_folder_is_summed_up_and_its_first_files_are_named() -> None:
    change = compare_listings(
        "data", {"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1", "e": "1"}
    )
    assert (change.added, change.removed, change.modified) == (("d", "e"), ("a",), ("b",))
    assert describe_folder(change) == "data: 4 files changed (2 added, 1 removed, 1 modified): b, d, e, …"


def test_the_last_block_of_a_stage_is_found_among_its_lines() -> None:
    tail = ("error: first", "  where:  a", "  why:    b", "  remedy: c", "more", "error: x", "  where:  y: z")
    error = explain_exit("fit", Exit("python -m x", 11, tail))
    assert (error.exit_code, error.what, error.remedy) == (11, "first", "c")


@pytest.mark.parametrize("status", [-9, 137, 75])
def test_only_what_the_machine_did_may_be_tried_again(status: int) -> None:
    assert isinstance(explain_exit("fit", Exit("x", status, ())), MachineError)
    assert not isinstance(explain_exit("fit", Exit("x", 1, ())), MachineError)


def test_a_weight_of_a_group_holds_for_its_stages_and_a_concrete_name_goes_before_it() -> None:
    settings = RunSettings(weights={"fit": 2, "fit@b": 3})
    assert [settings.weight(name) for name in ("fit@a", "fit@b", "other")] == [2, 3, 1]


def test_tokens_are_given_in_the_order_of_the_plan_and_a_heavy_stage_is_not_overtaken() -> None:
    tokens, halt, order = Tokens(2), Halt(), []

    def work(place: int, weight: int) -> None:
        with tokens.taken(weight, place, halt):
            order.append(place)
            time.sleep(0.05)

    with tokens.taken(2, 0, halt):
        threads = [threading.Thread(target=work, args=args) for args in ((3, 1), (1, 5), (2, 1))]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert order[0] == 1
    assert sorted(order) == [1, 2, 3]


def test_waiting_for_tokens_ends_when_the_run_is_stopped() -> None:
    tokens, halt = Tokens(1), Halt()
    halt.request()
    with tokens.taken(1, 0, Halt()), pytest.raises(StoppedError), tokens.taken(1, 1, halt):
        raise AssertionError


def test_a_late_listener_hears_what_was_said_before() -> None:
    book = Logbook()
    heard: list[str] = []
    book.write("fit", "one")
    book.listen("fit", heard.append)
    book.write("fit", "two")
    book.write("other", "three")
    assert heard == ["one", "two"]


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=120)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab:-' ", min_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)
entries = st.dictionaries(
    st.text("abz09@-_. ", min_size=1, max_size=6), st.fixed_dictionaries({"cmd": values, "x": values})
)


def dumps(data: object) -> str:
    stream = io.StringIO()
    _dump(data, stream)
    return stream.getvalue()


@settings(deadline=None, max_examples=50)
@given(entries, entries)
def test_a_lock_written_block_by_block_is_what_dvc_writes_at_once(
    old: dict[str, dict[str, object]], new: dict[str, dict[str, object]]
) -> None:
    cut = LockText.cut(dumps({"schema": "2.0", "stages": old}) if old else "")
    for name, entry in new.items():
        cut.blocks[name] = dumps({"stages": {name: entry}}).partition("\n")[2]
    merged = {**old, **new}
    if merged:
        assert cut.join(list(merged)) == dumps({"schema": "2.0", "stages": merged})


def test_what_follows_the_stages_in_a_lock_stays() -> None:
    text = "schema: '2.0'\nstages:\n  a:\n    cmd: x\ndatasets:\n- name: d\n"
    assert LockText.cut(text).join(["a"]) == text
