"""Closes runs that hold the only slot and have no process, while the service goes on.

Where the server cannot write, as on a full disk, a run that has ended or never began stays `Pending` or
`Running` in its database. No later run starts then, although there is room again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.serving.lookout import Log, Lookout

LOOK_SECONDS = 10.0
PATIENCE_SECONDS = 60.0
"""How long runs are due and none has a process, before those that count as started are closed."""


class Stall(Lookout):
    """Looks for such runs."""

    def __init__(
        self,
        works: Callable[[], bool],
        is_due: Callable[[], bool],
        close: Callable[[], int],
        log: Log,
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
        self._works, self._is_due, self._close = works, is_due, close
        self._seconds, self._patience = look, patience
        super().__init__("stall", log)

    def _look(self) -> None:
        since = time.monotonic()
        while not self._ended.wait(self._seconds):
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
