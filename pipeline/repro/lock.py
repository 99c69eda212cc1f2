"""Writes dvc.lock as DVC would, but whole or not at all, and in the order of a serial run."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.stage.loader import StageLoader
from dvc.stage.serialize import to_lockfile
from dvc.utils.serialize._yaml import _dump, parse_yaml, parse_yaml_for_update

from pipeline.atomic import write_whole
from pipeline.repro.lock_text import LockText
from pipeline.workspace import Workspace


class LockFile:
    """One dvc.lock.

    `dvc repro` keeps the entries that are there in their place and appends new ones in the order
    of its plan. Stages that run side by side end in any order, and a killed run leaves some out:
    so the order of the entries before the first of these runs is kept in a file until all is done.
    """

    def __init__(self, path: Path, workspace: Workspace, plan: Sequence[str], loaded: bytes) -> None:
        """Opens the file.

        Args:
            path: The file.
            workspace: The workspace it belongs to.
            plan: The names of the stages, in the order of a serial run.
            loaded: What it held when the stages were made from it.
        """
        self.path = path
        self._plan = {name: place for place, name in enumerate(plan)}
        name = quote(str(path.relative_to(workspace.root)), safe="")
        self._order_file = workspace.state / f"{name}.order"
        self._backup = workspace.state / f"{name}.backup"
        self._text = loaded
        self._cut = self._cut_text()
        self._version = 0
        self._seen: dict[str, int] = {}
        self._known = {name: place for place, name in enumerate(self._load_order())}

    def refresh(self, stage: Any, force: bool = False) -> bool:
        """Tells a stage what the file says of it now, if someone else wrote it.

        Args:
            stage: The stage.
            force: Do so in any case: the stage holds hashes that were not recorded.

        Returns:
            Whether the stage was told anything.
        """
        self._read()
        if self._seen.get(stage.name, 0) == self._version and not force:
            return False
        self._seen[stage.name] = self._version
        block = self._cut.blocks.get(stage.name, "")
        entry = parse_yaml(block, str(self.path)).get(stage.name) or {}
        for item in [*stage.deps, *stage.outs]:
            item.clear()
            item.hash_name = "params" if item.hash_name == "params" else "md5"
        stage.cmd_changed = bool(entry) and entry.get("cmd") != stage.cmd
        StageLoader.fill_from_lock(stage, entry)
        return True

    def record(self, stage: Any) -> None:
        """Writes the entry of a stage."""
        self._read()
        self._cut.blocks[stage.name] = _dumps({"stages": to_lockfile(stage)}).partition("\n")[2]
        self._text = self._cut.join(sorted(self._cut.blocks, key=self._place)).encode()
        write_whole(self.path, self._text)
        write_whole(self._backup, self._text)

    def finish(self) -> None:
        """Forgets the kept order: every stage of the plan has its entry."""
        self._order_file.unlink(missing_ok=True)

    def _read(self) -> None:
        """Reads the file if it is not as we left it."""
        text = read_lock(self.path)
        if text != self._text:
            self._text = text
            self._cut = self._cut_text()
            self._version += 1

    def _load_order(self) -> list[str]:
        try:
            return [str(name) for name in json.loads(self._order_file.read_bytes())]
        except (OSError, ValueError):
            order = list(self._cut.blocks)
            write_whole(self._order_file, json.dumps(order).encode())
            return order

    def _cut_text(self) -> LockText:
        """Cuts what the file holds, brought to the form that DVC would give it on its next write."""
        text = self._text.decode()
        if self._text and self._text != read_lock(self._backup):
            text = _dumps(parse_yaml_for_update(text, str(self.path)))
        return LockText.cut(text)

    def _place(self, name: str) -> tuple[int, int]:
        """Gives an entry's place: those of old first, then the others as the plan has them."""
        if name in self._known:
            return 0, self._known[name]
        return 1, self._plan.get(name, len(self._plan))


def _dumps(data: Any) -> str:
    stream = io.StringIO()
    _dump(data, stream)
    return stream.getvalue()


def read_lock(path: Path) -> bytes:
    """Reads a dvc.lock; none is as good as an empty one."""
    return path.read_bytes() if path.exists() else b""


def mend_lock(path: Path, workspace: Workspace) -> str | None:
    """Restores a dvc.lock that a killed process left half written.

    Returns:
        What was done, in a line, if anything was.
    """
    backup = workspace.state / f"{quote(str(path.relative_to(workspace.root)), safe='')}.backup"
    if not path.exists() or not backup.exists():
        return None
    text, good = path.read_bytes(), backup.read_bytes()
    if text == good or _is_valid(text):
        return None
    damaged = workspace.state / f"{path.name}.damaged"
    damaged.write_bytes(text)
    write_whole(path, good)
    return f"{path.name} was damaged: restored as this project last wrote it (the damaged one is {damaged})"


def _is_valid(text: bytes) -> bool:
    if not text.strip():
        return False
    try:
        COMPILED_LOCKFILE_SCHEMA(parse_yaml(text.decode(), "dvc.lock"))
    except Exception:  # Whatever a parser makes of damage, it is damage.
        return False
    return True
