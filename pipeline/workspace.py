"""The workspace: where it is, where the run's own state lies, and who holds it."""

from __future__ import annotations

import fcntl
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.contracts.errors import UsageError, WorkspaceHeldError


class Holder(BaseModel):
    """The run that holds a workspace."""

    model_config = ConfigDict(frozen=True)

    pid: int
    host: str
    started: str
    command: str

    @classmethod
    def this_process(cls) -> Holder:
        """Describes the running process."""
        return cls(
            pid=os.getpid(),
            host=socket.gethostname(),
            started=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            command=shlex.join(["medgraft", *sys.argv[1:]]),
        )

    def mark(self, root: Path) -> str:
        """Names the run in the environment of all it starts."""
        return f"{root}:{self.host}:{self.pid}"


@dataclass(frozen=True)
class Workspace:
    """A project's root, and the places of the run's own state below it."""

    root: Path

    @property
    def state(self) -> Path:
        """Everything that medgraft keeps for itself."""
        return self.root / ".medgraft"

    @property
    def shelves(self) -> Path:
        """One folder per running stage, with its old outputs."""
        return self.state / "running"

    @property
    def trash(self) -> Path:
        """What only waits for being deleted."""
        return self.state / "trash"

    @property
    def incoming(self) -> Path:
        """Data that are just being taken; a kill leaves some here."""
        return self.state / "incoming"

    @property
    def replaced(self) -> Path:
        """Raw data that made place for others and are nowhere else."""
        return self.state / "replaced"

    @property
    def listings(self) -> Path:
        """What folders held when a stage last read them."""
        return self.state / "listings"

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """Finds the workspace that a folder belongs to.

        Raises:
            UsageError: If there is none.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / ".dvc").is_dir():
                return cls(folder)
        raise UsageError(
            "there is no project here",
            where=str(here),
            why="neither this folder nor one above it holds a .dvc folder",
            remedy="change to the project's folder, or start one with `git init && dvc init`",
        )

    def prepare(self) -> None:
        """Makes the state folder, which neither git nor DVC looks into."""
        self.state.mkdir(exist_ok=True)
        for name in (".gitignore", ".dvcignore"):
            if not (self.state / name).exists():
                (self.state / name).write_text("*\n", encoding="utf-8")

    @contextmanager
    def held(self) -> Iterator[Holder | None]:
        """Holds the workspace for one run.

        Yields:
            Who held it before and never let go: a run that was killed.

        Raises:
            WorkspaceHeldError: If another run holds it now.
        """
        self.prepare()
        with (self.state / "run.lock").open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise _held_by(_read_holder(file), self.root) from error
            dead = _read_holder(file)
            _write(file, Holder.this_process().model_dump_json())
            try:
                yield dead
            finally:
                _write(file, "")


def _write(file: TextIO, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _read_holder(file: TextIO) -> Holder | None:
    file.seek(0)
    try:
        return Holder.model_validate_json(file.read())
    except ValidationError:
        return None


def _held_by(holder: Holder | None, root: Path) -> WorkspaceHeldError:
    facts = (
        f"process {holder.pid} on {holder.host} since {holder.started}: {holder.command}"
        if holder
        else "a run that is just starting"
    )
    return WorkspaceHeldError(
        "another run holds the workspace",
        where=str(root),
        why=facts,
        remedy="wait for it to end, or stop it with `kill` or Ctrl-C",
    )
