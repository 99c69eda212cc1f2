"""Asks for a retraining when the branch that the workspace follows has commits that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.lineage.git import ask_git
from pipeline.serving.lookout import AGAIN_SECONDS, Log, Lookout

SECONDS = 60.0
"""Between two looks; one costs a `git ls-remote` and fetches nothing."""


class Origin(Lookout):
    """Looks at the remote branch."""

    def __init__(
        self,
        root: Path,
        ask: Callable[[], None],
        log: Log,
        seconds: float = SECONDS,
        again: float = AGAIN_SECONDS,
    ) -> None:
        """Begins to look.

        Args:
            root: The workspace; where its branch follows none, nothing is ever asked for.
            ask: Asks for a retraining, once for each state of the branch; may raise anything where the server
                does not answer.
            log: Told where it does not.
            seconds: Between two looks.
            again: Seconds until the server is asked again.
        """
        self._root, self._ask, self._seconds = root, ask, seconds
        self._asked_for = ""
        super().__init__("origin", log, again)

    def _look(self) -> None:
        while not self._ended.wait(self._seconds):
            tip = self._tip()
            if tip and tip != self._asked_for and not self._has(tip):
                self._asked_for = tip
                self._insist(self._ask)

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
