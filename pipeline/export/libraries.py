"""The libraries of the extra `export`: who only trains does without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stages.contracts.errors import UsageError


@contextmanager
def required(library: str) -> Iterator[None]:
    """Imports what an export needs, or says how to get it.

    Args:
        library: Name of the distribution.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"this export needs {library}, which is not installed",
            where=f"module {error.name}",
            why="the libraries of the exports are an extra of their own",
            remedy="pip install 'medgraft[export]'",
        ) from error
