"""A request to stop, seen by every thread of a run."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import ClassVar

from stages.contracts.errors import StageError


class StoppedError(StageError):
    """The run was asked to stop."""

    exit_code: ClassVar[int] = 130


class TerminatedError(StoppedError):
    """The run was asked to stop by SIGTERM."""

    exit_code: ClassVar[int] = 143


class Halt:
    """Remembers a signal; a second one asks to kill what still runs."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._signals: list[int] = []

    @property
    def requested(self) -> bool:
        """Whether the run is to stop."""
        return self._event.is_set()

    @property
    def urgent(self) -> bool:
        """Whether the user asked twice."""
        return len(self._signals) > 1

    def request(self, signum: int = signal.SIGTERM) -> None:
        """Asks the run to stop."""
        self._signals.append(signum)
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Sleeps, and raises as soon as the run is to stop."""
        self._event.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raises if the run is to stop.

        Raises:
            StoppedError: With the signal's usual exit code.
        """
        if self.requested:
            raise self.error()

    def error(self) -> StoppedError:
        """Says that the run was stopped, and by which signal."""
        signum = self._signals[0] if self._signals else signal.SIGTERM
        kind = TerminatedError if signum == signal.SIGTERM else StoppedError
        return kind(
            "the run was stopped",
            where="medgraft run",
            why=f"it received {signal.Signals(signum).name}",
            remedy="run again: finished stages are kept, and old outputs are in their place",
        )

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Turns Ctrl-C, SIGTERM and a closed terminal into a request while the body runs."""

        def handle(signum: int, _frame: FrameType | None) -> None:
            self.request(signum)

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
