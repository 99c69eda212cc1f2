"""Asks for a retraining when raw data or params have changed and then been quiet for a while."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from pipeline.workspace import Workspace

QUIET_SECONDS = 2.0
_LONGEST_SECONDS = 600.0


class Watch:
    """A thread that watches until it is ended."""

    def __init__(self, workspace: Workspace, ask: Callable[[], None], quiet: float = QUIET_SECONDS) -> None:
        """Begins to watch.

        Args:
            workspace: Whose raw data and params.
            ask: Asks for a retraining.
            quiet: Seconds without a change that end a burst of changes, such as a copy of a folder.
        """
        self._ended = Event()
        self._ask, self._quiet = ask, quiet
        self._places = [workspace.root / "data" / "raw", workspace.root / "params.yaml"]
        self._thread = Thread(target=self._watch, name="watch", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ends the thread."""
        self._ended.set()
        self._thread.join(5)

    def _watch(self) -> None:
        from watchfiles import watch

        changes = watch(
            *[place for place in (self._parent(one) for one in self._places) if place.exists()],
            watch_filter=lambda _, path: self._matters(Path(path)),
            step=int(self._quiet * 1000),
            debounce=int(_LONGEST_SECONDS * 1000),
            stop_event=self._ended,
            raise_interrupt=False,
        )
        for _ in changes:
            self._ask()

    @staticmethod
    def _parent(place: Path) -> Path:
        """A file is replaced when it is saved, so its folder is watched."""
        return place.parent if place.suffix else place

    def _matters(self, path: Path) -> bool:
        raw, params = self._places
        return path == params or path.is_relative_to(raw)
