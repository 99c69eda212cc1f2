"""Hears why DVC could not carry an object over: it logs that, and says only which one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = "dvc_data.hashfile.transfer"


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.heard.append(str(error).splitlines()[0] if error and str(error) else record.getMessage())


@contextmanager
def failures_of_carrying() -> Iterator[list[str]]:
    """Collects the reasons while the body runs, and keeps their tracebacks off the terminal."""
    logger, listener = logging.getLogger(_LOGGER), _Listener()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield listener.heard
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagate
