"""Asks for a retraining when the branch that the workspace follows has commits that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from pipeline.lineage.git import ask_git

SECONDS = 60.0
"""Between two looks; one costs a `git ls-remote` and fetches nothing."""


class Origin:
    """A thread that looks at the remote branch until it is ended."""

    def __init__(self, root: Path, ask: Callable[[], None], seconds: float = SECONDS) -> None:
        """Begins to look.

        Args:
            root: The workspace; where its branch follows none, nothing is ever asked for.
            ask: Asks for a retraining, once for each state of the branch.
            seconds: Between two looks.
        """
        self._root, self._ask, self._seconds = root, ask, seconds
        self._asked_for = ""
        self._ended = Event()
        self._thread = Thread(target=self._look, name="origin", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ends the thread."""
        self._ended.set()
        self._thread.join(5)

    def _look(self) -> None:
        while not self._ended.wait(self._seconds):
            tip = self._tip()
            if tip and tip != self._asked_for and not self._has(tip):
                self._asked_for = tip
                self._ask()

    def _tip(self) -> str:
        """Gives the last commit of the branch that is followed; empty where it cannot be seen now."""
        upstream = "%(upstream:remotename) %(upstream:remoteref)"
        branch = (ask_git(self._root, "symbolic-ref", "--quiet", "HEAD") or "").strip()
        if not branch:
            return ""
        followed = (ask_git(self._root, "for-each-ref", f"--format={upstream}", branch) or "").split()
        if len(followed) != 2:
            return ""
        return (ask_git(self._root, "ls-remote", "--quiet", *followed) or "").partition("\t")[0]

    def _has(self, commit: str) -> bool:
        return ask_git(self._root, "merge-base", "--is-ancestor", commit, "HEAD") is not None
