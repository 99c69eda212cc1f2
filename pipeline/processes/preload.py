"""Starts `python -m` commands as forks of a process that has already imported what they need.

Importing torch and MONAI takes longer than many a stage works. The server holds packages from
outside the workspace only: a stage's own code is read when the stage starts, as in a new process.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any


class ForkedCommand:
    """A running fork, with what the broker uses of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess, output: IO[bytes]) -> None:
        self._process = process
        self.stdout = output
        self.pid: int = process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit status; negative for a signal, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Gives the exit status, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end.

        Raises:
            subprocess.TimeoutExpired: If it is still running after `timeout` seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("fork", timeout or 0.0)
        return self._process.exitcode


class Preloaded:
    """The server; until it is ready, and for any other command, nothing is forked."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(packages))
        self._ready = threading.Event()

    def warm_up(self) -> None:
        """Starts the server beside whatever else is going on."""
        threading.Thread(target=self._wait_until_ready, name="preload", daemon=True).start()

    def _wait_until_ready(self) -> None:
        first = self._context.Process(target=_do_nothing)
        first.start()
        first.join()
        if first.exitcode == 0:
            self._ready.set()

    def start(
        self, line: str, folder: Path, environment: Mapping[str, str], held: int
    ) -> ForkedCommand | None:
        """Starts a command of the form `python -m MODULE ARGUMENTS`.

        Args:
            line: The command.
            folder: Where it runs.
            environment: Its environment.
            held: A descriptor that the command keeps open as long as it lives.

        Returns:
            The running command; None where it must be started the ordinary way.
        """
        words = module_arguments(line)
        if words is None or not self._ready.is_set():
            return None
        reading, writing = os.pipe()
        process = self._context.Process(
            target=_run_module, args=(words, str(folder), dict(environment), _Handed(writing, held))
        )
        try:
            process.start()
        finally:
            os.close(writing)
        return ForkedCommand(process, os.fdopen(reading, "rb", buffering=0))


def module_arguments(line: str) -> list[str] | None:
    """Gives module and arguments of a plain `python -m` command; None for any other."""
    if any(character in line for character in "\n;&|<>()$`\\\"'*?[]#~={}!%"):
        return None
    words = shlex.split(line)
    return words[2:] if words[:2] == ["python", "-m"] and len(words) > 2 else None


class _Handed:
    """Descriptors on their way to the fork."""

    def __init__(self, *descriptors: int) -> None:
        self._descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        return _take, tuple(DupFd(descriptor) for descriptor in self._descriptors)


def _take(*sent: Any) -> list[int]:
    return [one.detach() for one in sent]


def _run_module(words: list[str], folder: str, environment: dict[str, str], descriptors: list[int]) -> None:
    """Runs in the fork: becomes what `python -m` would be in a process of its own."""
    os.setsid()
    output, held = descriptors
    os.set_inheritable(held, True)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = folder
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _do_nothing() -> None:
    """The server answers only when its packages are imported."""
