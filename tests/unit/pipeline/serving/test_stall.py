from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pipeline.processes.orphans import has_child
from pipeline.serving.stall import Stall
from tests.unit.pipeline.serving.waiting import within


class Slot:
    """The one slot of a service, and a run that is due."""

    def __init__(self, *, works: bool = False, due: bool = True, silent_for: int = 0) -> None:
        self.works, self.due, self.silent_for, self.dead = works, due, silent_for, 1
        self.lines: list[str] = []

    def is_due(self) -> bool:
        self.silent_for -= 1
        if self.silent_for >= 0:
            raise OSError("the server does not answer")
        return self.due

    def close(self) -> int:
        closed, self.dead = self.dead, 0
        return closed


@contextmanager
def looked_at(slot: Slot, patience: float) -> Iterator[None]:
    stall = Stall(
        lambda: slot.works, slot.is_due, slot.close, lambda _, line: slot.lines.append(line),
        look=0.01, patience=patience,
    )  # fmt: skip
    yield
    stall.end()


def test_a_run_without_a_process_that_holds_the_slot_is_closed_and_told_once() -> None:
    slot = Slot(silent_for=3)
    with looked_at(slot, 0.05):
        assert within(10, lambda: not slot.dead)
        time.sleep(0.2)
    assert slot.lines == ["1 runs without a process closed: no other could start"]


@pytest.mark.parametrize("slot", [Slot(works=True), Slot(due=False), Slot(silent_for=10**6)])
def test_nothing_is_closed_while_a_run_works_none_is_due_or_the_server_is_silent(slot: Slot) -> None:
    with looked_at(slot, 0.05):
        time.sleep(0.4)
    assert (slot.dead, slot.lines) == (1, [])


def test_nothing_is_closed_before_the_patience_is_over() -> None:
    slot = Slot()
    with looked_at(slot, 60):
        time.sleep(0.3)
    assert slot.dead == 1


def test_a_child_is_known_by_a_word_of_its_command_line_as_long_as_it_lives() -> None:
    command = [sys.executable, "-c", "input()", "a.word.of.this.test"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert within(10, lambda: has_child("a.word.of.this.test"))
    assert not has_child("another.word.of.this.test")
    child.communicate(b"\n")
    assert not has_child("a.word.of.this.test")
