"""Asks for a retraining when raw data or params have changed and then been quiet for a while."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.serving.lookout import AGAIN_SECONDS, Log, Lookout
from pipeline.workspace import Workspace

QUIET_SECONDS = 2.0
_LONGEST_SECONDS = 600.0


class Watch(Lookout):
    """Watches raw data and params."""

    def __init__(
        self,
        workspace: Workspace,
        ask: Callable[[], None],
        log: Log,
        quiet: float = QUIET_SECONDS,
        again: float = AGAIN_SECONDS,
    ) -> None:
        """Begins to watch.

        Args:
            workspace: Whose raw data and params.
            ask: Asks for a retraining; may raise anything where the server does not answer.
            log: Told where it does not.
            quiet: Seconds without a change that end a burst of changes, such as a copy of a folder.
            again: Seconds until the server is asked again.
        """
        self._ask, self._quiet = ask, quiet
        self._places = [workspace.root / "data" / "raw", workspace.root / "params.yaml"]
        super().__init__("watch", log, again)

    def _look(self) -> None:
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
            self._insist(self._ask)

    @staticmethod
    def _parent(place: Path) -> Path:
        """A file is replaced when it is saved, so its folder is watched."""
        return place.parent if place.suffix else place

    def _matters(self, path: Path) -> bool:
        raw, params = self._places
        return path == params or path.is_relative_to(raw)
