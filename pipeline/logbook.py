"""The log of a run: each line to standard error at once, and to whoever listens to its stage."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable

_KEPT_LINES = 5000


class Logbook:
    """Takes lines from any thread.

    What a stage said before someone listened is kept for the listener: stages may start before
    Prefect has.
    """

    def __init__(self, prefix: Callable[[str], str] = "[{}] ".format) -> None:
        self._prefix = prefix
        self._lock = threading.Lock()
        self._kept: dict[str, deque[str]] = {}
        self._listeners: dict[str, Callable[[str], None]] = {}

    def write(self, stage: str, line: str) -> None:
        """Takes a line of a stage, or of the run itself where `stage` is empty."""
        with self._lock:
            head = self._prefix(stage) if stage else ""
            print(f"{head}{line}", file=sys.stderr, flush=True)
            listener = self._listeners.get(stage)
            if stage and listener is None:
                self._kept.setdefault(stage, deque(maxlen=_KEPT_LINES)).append(line)
        if listener:
            listener(line)

    def listen(self, stage: str, listener: Callable[[str], None]) -> None:
        """Sends the lines of a stage, earlier ones first, to a listener too."""
        with self._lock:
            kept = self._kept.pop(stage, deque())
            self._listeners[stage] = listener
        for line in kept:
            listener(line)
