"""Runs the command of a stage: in its own session, with a time limit, its output streamed by line."""

from __future__ import annotations

import codecs
import fcntl
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from pipeline.processes.halt import Halt
from pipeline.processes.orphans import SPAWNING, end_orphans, end_survivors
from pipeline.processes.shell import start_arguments
from pipeline.shelf import Shelf

if TYPE_CHECKING:
    from pipeline.processes.preload import ForkedCommand, Preloaded

GRACE_SECONDS = 8.0
_TICK_SECONDS = 0.2
_TAIL_LINES = 200


@dataclass(frozen=True)
class Command:
    """What a stage runs."""

    stage: str
    lines: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    limit_seconds: float | None = None
    processes: int = 1
    """That share it; then each line starts them."""


@dataclass(frozen=True)
class Exit:
    """How a command ended."""

    line: str
    status: int
    """The exit status; negative for a signal."""
    tail: tuple[str, ...]
    timed_out: bool = False


def run_command(
    command: Command,
    shelf: Shelf,
    halt: Halt,
    log: Callable[[str], None],
    preloaded: Preloaded | None = None,
) -> Exit | None:
    """Runs the lines of a command one after the other.

    Args:
        command: What to run.
        shelf: Its `alive` file is locked and handed to the command, so that a later run can tell
            whether the command outlived this one.
        halt: Ends the command when the run is to stop.
        log: Receives each line of output as it comes.
        preloaded: Starts what it can as a fork, which saves the imports.

    Returns:
        None if all went well, else how the first failing line ended.

    Raises:
        StoppedError: If the run was asked to stop.
    """
    deadline = time.monotonic() + command.limit_seconds if command.limit_seconds else None
    for line in command.lines:
        with _alive(shelf) as descriptor:
            process = _start(command, line, descriptor, preloaded)
            failed = _Watch(process, halt, deadline, log).until_it_ends(line)
        if command.processes > 1:  # they have sessions of their own, and outlive a launcher that is killed
            end_orphans(shelf)
        end_survivors(shelf, process.pid)
        halt.check()
        if failed:
            return failed
    return None


@contextmanager
def _alive(shelf: Shelf) -> Iterator[int]:
    descriptor = os.open(shelf.alive, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _start(
    command: Command, line: str, descriptor: int, preloaded: Preloaded | None
) -> subprocess.Popen[bytes] | ForkedCommand:
    if (
        command.processes == 1
        and preloaded
        and (fork := preloaded.start(line, command.folder, command.environment, descriptor))
    ):
        return fork
    arguments = start_arguments(line, command.environment["PATH"])
    with SPAWNING:
        return subprocess.Popen(
            arguments,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(descriptor,),
            start_new_session=True,
        )


class _Watch:
    """Reads a process's output, and ends it when its time is up or the run is to stop."""

    def __init__(
        self,
        process: subprocess.Popen[bytes] | ForkedCommand,
        halt: Halt,
        deadline: float | None,
        log: Callable[[str], None],
    ) -> None:
        self._process, self._halt, self._deadline, self._log = process, halt, deadline, log
        self._pipe = cast(IO[bytes], process.stdout)
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._ended_at: float | None = None
        self._timed_out = False

    def until_it_ends(self, line: str) -> Exit | None:
        with selectors.DefaultSelector() as selector, self._pipe:
            selector.register(self._pipe, selectors.EVENT_READ)
            while True:
                if selector.select(_TICK_SECONDS):
                    chunk = os.read(self._pipe.fileno(), 65536)
                    self._feed(chunk)
                    if not chunk:
                        break
                elif self._process.poll() is not None:
                    break  # A process it left behind holds the pipe; it is ended by the caller.
                self._end_if_due()
        status = self._wait()
        if status == 0 and not self._timed_out:
            return None
        return Exit(line, status, tuple(self._tail), self._timed_out)

    def _feed(self, chunk: bytes) -> None:
        text = self._rest + self._decoder.decode(chunk, final=not chunk)
        *lines, self._rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if not chunk and self._rest:
            lines.append(self._rest)
        for line in lines:
            self._tail.append(line)
            self._log(line)

    def _wait(self) -> int:
        while True:
            self._end_if_due()
            try:
                return self._process.wait(_TICK_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def _end_if_due(self) -> None:
        now = time.monotonic()
        if self._deadline is not None and now > self._deadline:
            self._timed_out = True
        if not (self._timed_out or self._halt.requested):
            return
        if self._ended_at is None:
            self._ended_at = now
            self._signal(signal.SIGTERM)
        elif now - self._ended_at > GRACE_SECONDS or self._halt.urgent:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return
