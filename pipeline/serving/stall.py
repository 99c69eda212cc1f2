"""Closes runs that hold the only slot and have no process, while the service goes on.

Where the server cannot write, as on a full disk, a run that has ended or never began stays `Pending` or
`Running` in its database. No later run starts then, although there is room again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

LOOK_SECONDS = 10.0
PATIENCE_SECONDS = 60.0
"""How long runs are due and none has a process, before those that count as started are closed."""


class Stall:
    """A thread that looks for it until it is ended."""

    def __init__(
        self,
        works: Callable[[], bool],
        is_due: Callable[[], bool],
        close: Callable[[], int],
        log: Callable[[str, str], None],
        *,
        look: float = LOOK_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Begins to look.

        Args:
            works: Whether a run has a process.
            is_due: Whether a run was due a while ago; may raise anything where the server does not answer.
            close: Closes the runs that count as started, and gives how many; may raise likewise.
            log: Told of runs that were closed.
            look: Seconds from one look to the next.
            patience: Seconds that a stall lasts before it is ended.
        """
        self._works, self._is_due, self._close, self._log = works, is_due, close, log
        self._look, self._patience = look, patience
        self._ended = Event()
        self._thread = Thread(target=self._watch, name="stall", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ends the thread."""
        self._ended.set()
        self._thread.join(5)

    def _watch(self) -> None:
        since = time.monotonic()
        while not self._ended.wait(self._look):
            try:
                if self._works() or not self._is_due():
                    since = time.monotonic()
                elif time.monotonic() - since >= self._patience:
                    closed = self._close()
                    since = time.monotonic()
                    if closed:
                        self._log("", f"{closed} runs without a process closed: no other could start")
            except Exception:  # noqa: S112 - a server that does not answer is asked again
                continue
