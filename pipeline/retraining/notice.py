"""Tells people what a retraining came to: a short text, posted to a webhook."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.outcome import RunReport

_SECONDS = 10.0


@dataclass(frozen=True)
class Notice:
    """What people want to know."""

    workspace: str
    trigger: str
    changes: str
    trained: str
    verdict: str
    decision: str
    link: str | None

    def __str__(self) -> str:
        """The text that is posted; no line names a patient, a case or a file of the data."""
        facts = {
            "Why": self.trigger,
            "Changed": self.changes,
            "Done": self.trained,
            "Verdict": self.verdict,
            "Decision": self.decision,
            "Report": self.link,
        }
        lines = [f"{name}: {text}" for name, text in facts.items() if text]
        return "\n".join([f"medgraft retrained in {self.workspace}", *lines])


def post(webhook: str, text: str, log: Callable[[str, str], None]) -> bool:
    """Posts a text; that nobody could be told is said, and undoes nothing.

    Args:
        webhook: An `http` or `https` address.
        text: What to say.
        log: Receives a line if it failed.

    Returns:
        Whether it was taken.
    """
    request = urllib.request.Request(  # noqa: S310 - params allow http and https alone
        webhook,
        data=json.dumps({"text": text}).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "medgraft"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - as above
            return True
    except (OSError, ValueError) as error:
        log("", f"nobody could be told: {type(error).__name__}")  # A webhook's address is a secret.
        return False


def describe_run(report: RunReport) -> str:
    """Says how many stages ran, and which failed; why one did may name a case, and is in the log."""
    names = {
        word: [s.name for s in report.stages if s.outcome == word] for word in ("ran", "restored", "failed")
    }
    parts = [f"{len(found)} stages {word}" for word, found in names.items() if found]
    failed = f": {', '.join(names['failed'])}" if names["failed"] else ""
    return f"{', '.join(parts) or 'nothing'} in {report.seconds:.0f} s{failed}"
