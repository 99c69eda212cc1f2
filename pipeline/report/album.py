"""Thumbnails of a domain's cases, as `data:` addresses, each of them for one finding."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from stages.contracts.thumbnails import PER_FINDING, read_thumbnails

ROOM = 48
"""Thumbnails in a report, at most."""


class Album:
    """Hands out the thumbnails of a domain, each once, until the report has enough of them.

    Args:
        folder: Where ingestion wrote them; it need not be there.
        room: How many may be handed out.

    Raises:
        DataError: If an image is damaged.
    """

    def __init__(self, folder: Path, room: int) -> None:
        _, images = read_thumbnails(folder)
        self._images = {case: data for case, (_, data) in images.items()}
        self.room = room

    def take(self, cases: Iterable[str]) -> dict[str, str]:
        """Gives the addresses of some cases' images, by case, in the order of the cases."""
        most = min(PER_FINDING, self.room)
        taken = list(islice((case for case in cases if case in self._images), most))
        self.room -= len(taken)
        return {case: f"data:image/png;base64,{b64encode(self._images.pop(case)).decode()}" for case in taken}
