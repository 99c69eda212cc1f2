"""What computing again finds."""

from __future__ import annotations

from collections.abc import Iterator

from stages.contracts.recheck import Mismatch

Found = Iterator[Mismatch | int]
"""A difference, or how many values were found to be as recorded."""


class NotHereError(Exception):
    """Something that is needed for the comparison is not on this machine."""
