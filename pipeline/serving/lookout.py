"""A thread of the service that looks out for something until it is ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Event, Thread

AGAIN_SECONDS = 5.0
"""Between two tries to be heard by a server that does not answer."""

Log = Callable[[str, str], None]


class Lookout(ABC):
    """Begins when it is made; what it needs has to be there before."""

    def __init__(self, name: str, log: Log, again: float = AGAIN_SECONDS) -> None:
        """Begins to look out.

        Args:
            name: Of the thread, and in the log.
            log: Told when nobody hears.
            again: Seconds from one try to be heard to the next.
        """
        self._name, self._log, self._again = name, log, again
        self._ended = Event()
        self._thread = Thread(target=self._look, name=name, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ends the thread."""
        self._ended.set()
        self._thread.join(5)

    @abstractmethod
    def _look(self) -> None:
        """Looks out until `_ended` is set."""

    def _insist(self, ask: Callable[[], None]) -> None:
        """Asks until it is heard: what was seen once will not be seen again."""
        told = False
        while not self._ended.is_set():
            try:
                ask()
            except Exception as error:  # whatever a server without a disk, or none at all, comes to
                if not told:
                    self._log(
                        "", f"{self._name}: the server did not take a retraining: {type(error).__name__}"
                    )
                told = True
                self._ended.wait(self._again)
            else:
                return
