"""Keeps the old outputs of a stage while it runs again, so that a failure or a kill loses nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.workspace import Workspace

Phase = Literal["moving", "aside"]


class Output(BaseModel):
    """One output of a stage, by its path below the workspace."""

    model_config = ConfigDict(frozen=True)

    path: str
    stays: bool = False
    """The command continues from it (`persist: true`), so it is copied instead of moved."""


class Journal(BaseModel):
    """What a shelf holds, and how far the moving has come."""

    model_config = ConfigDict(frozen=True)

    stage: str
    phase: Phase
    outputs: tuple[Output, ...]


class Shelf:
    """The place of one stage's old outputs: `.medgraft/running/<stage>/previous/<workspace path>`."""

    def __init__(self, workspace: Workspace, stage: str) -> None:
        self._workspace = workspace
        self.stage = stage
        self.folder = workspace.shelves / quote(stage, safe="@-_.")
        self.previous = self.folder / "previous"
        self.alive = self.folder / "alive"
        self.listings = self.folder / "listings.json"

    def take(self, outputs: Sequence[Output]) -> None:
        """Moves the outputs that exist aside."""
        self.previous.mkdir(parents=True, exist_ok=True)
        self._write(Journal(stage=self.stage, phase="moving", outputs=tuple(outputs)))
        for output in outputs:
            source, target = self._workspace.root / output.path, self.previous / output.path
            if not os.path.lexists(source):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if output.stays:
                _copy(source, target)
            else:
                _move(source, target)
        self._write(Journal(stage=self.stage, phase="aside", outputs=tuple(outputs)))

    def list_inputs(self, listings: Mapping[str, str]) -> None:
        """Tells the command which files, with their hashes, the folders hold that it reads."""
        self.listings.write_text(json.dumps(dict(listings)), encoding="utf-8")

    def put_back(self) -> None:
        """Puts the old outputs where they were; what the command left there goes.

        A kill at any moment of it leaves a shelf that can be put back again: new outputs are
        deleted before the first old one returns.
        """
        journal = self.journal()
        if journal is None:
            self.drop()
            return
        if journal.phase == "aside":
            for output in journal.outputs:
                _remove(self._workspace.root / output.path)
            self._write(journal.model_copy(update={"phase": "moving"}))
        for output in journal.outputs:
            kept, place = self.previous / output.path, self._workspace.root / output.path
            if os.path.lexists(kept):
                _remove(place)
                place.parent.mkdir(parents=True, exist_ok=True)
                _move(kept, place)
        self.drop()

    def drop(self) -> None:
        """Forgets the old outputs, at once and whole."""
        if not self.folder.exists():
            return
        self._workspace.trash.mkdir(parents=True, exist_ok=True)
        doomed = self._workspace.trash / uuid.uuid4().hex
        self.folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    def keep(self, folder: Path) -> None:
        """Gives the old outputs up as those of the stage, at once, and keeps them in a folder.

        Args:
            folder: A new one, in the workspace's state.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.rename(folder)

    def journal(self) -> Journal | None:
        """Reads the journal; None where a kill came before it was written."""
        try:
            return Journal.model_validate_json((self.folder / "journal.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def _write(self, journal: Journal) -> None:
        part = self.folder / "journal.part"
        part.write_text(journal.model_dump_json(), encoding="utf-8")
        part.replace(self.folder / "journal.json")


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)
        _remove(source)


def _copy(source: Path, target: Path) -> None:
    """Copies whole or not at all: a half copy has another name."""
    part = target.with_name(target.name + ".part")
    _remove(part)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, part, symlinks=True)
    else:
        shutil.copy2(source, part, follow_symlinks=False)
    part.rename(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
