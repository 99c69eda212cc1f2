"""Stands between the threads of a run, and between the run and other DVC processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dvc.lock import LockError

from pipeline.processes.halt import Halt
from pipeline.repro.claim import claim_paths

_RETRY_SECONDS = 0.5


class Guard:
    """One mutex around every DVC call, and DVC's own locks for the other processes."""

    def __init__(self, repo: Any, halt: Halt, log: Callable[[str, str], None]) -> None:
        self.mutex = threading.RLock()
        self._repo, self._halt, self._log = repo, halt, log

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the mutex and DVC's own lock, as every DVC call needs; the graph stays as read."""
        with self.mutex:
            self._wait_for_dvc()
            try:
                self._repo._lock_depth += 1
                self._repo.scm._reset()
                self._repo.__dict__.pop("dvcignore", None)
                yield
            finally:
                self._repo._lock_depth -= 1
                self._repo.lock.unlock()

    def _wait_for_dvc(self) -> None:
        while True:
            try:
                self._repo.lock.lock()
            except LockError:
                self._log("", "waiting for another DVC process to let go of the repository")
                self._halt.check()
            else:
                return

    @contextmanager
    def claimed(self, stage: Any) -> Iterator[None]:
        """Claims a stage's files, as `dvc repro` does, so that both cannot work on them at once."""
        said = False
        while True:
            self._halt.check()
            try:
                with self.mutex:
                    claim = claim_paths(self._repo, stage)
                    claim.__enter__()
                break
            except LockError as error:
                if not said:
                    self._log(stage.addressing, f"waiting: {str(error).splitlines()[0]}")
                said = True
                time.sleep(_RETRY_SECONDS)
        try:
            yield
        finally:
            with self.mutex:
                claim.__exit__(None, None, None)
