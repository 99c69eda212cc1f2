"""Tokens: how many stage commands may run side by side, and how heavy each is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.processes.halt import Halt

_TICK_SECONDS = 0.2


class Tokens:
    """A purse of tokens; who waits is served in the order of the plan.

    The first in line is never overtaken, so a heavy stage is not starved by light ones.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._line: list[int] = []
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, weight: int, place: int, halt: Halt) -> Iterator[None]:
        """Holds tokens while the body runs.

        Args:
            weight: How many; never more than there are.
            place: The stage's place in the plan.
            halt: Ends the waiting when the run is to stop.
        """
        count = min(weight, self._total)
        with self._changed:
            self._line.append(place)
            try:
                while place != min(self._line) or self._free < count:
                    halt.check()
                    self._changed.wait(_TICK_SECONDS)
                self._free -= count
            finally:
                self._line.remove(place)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += count
                self._changed.notify_all()
