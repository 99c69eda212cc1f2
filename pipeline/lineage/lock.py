"""dvc.lock, read as what it is: YAML. It says which command, inputs and params made which bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stages.contracts.errors import DataError


class LockedPath(BaseModel):
    """A file or a folder, with the hash that DVC knows it by."""

    model_config = ConfigDict(frozen=True)

    path: str
    md5: str = ""
    size: int | None = None
    nfiles: int | None = None

    @property
    def folder(self) -> bool:
        """Whether it is a folder, whose hash is that of its listing."""
        return self.md5.endswith(".dir")


class LockedStage(BaseModel):
    """The last run of one stage."""

    model_config = ConfigDict(frozen=True)

    cmd: str | list[str]
    deps: tuple[LockedPath, ...] = ()
    params: dict[str, dict[str, Any]] = {}
    outs: tuple[LockedPath, ...] = ()

    @property
    def command(self) -> str:
        """Its command, on one line."""
        lines = [self.cmd] if isinstance(self.cmd, str) else self.cmd
        return " && ".join(" ".join(line.split()) for line in lines)

    @property
    def inputs(self) -> tuple[LockedPath, ...]:
        """What it read besides code."""
        return tuple(dep for dep in self.deps if not dep.path.endswith(".py"))

    @property
    def code(self) -> tuple[LockedPath, ...]:
        """The modules that computed it."""
        return tuple(dep for dep in self.deps if dep.path.endswith(".py"))

    def values(self) -> tuple[tuple[str, str], ...]:
        """Gives its params as dotted keys and values."""
        return tuple(pair for section in self.params.values() for pair in _flat("", section))


class Lock(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True)

    stages: dict[str, LockedStage] = {}


def read_lock(file: Path) -> Lock | None:
    """Reads dvc.lock; None where no stage has been recorded.

    Raises:
        DataError: If it is damaged.
    """
    if not file.is_file():
        return None
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(str(file), error) from error
    return parse_lock(text, str(file))


def parse_lock(text: str, where: str) -> Lock:
    """Reads the text of a dvc.lock.

    Raises:
        DataError: If it is damaged.
    """
    try:
        return _parse(text)
    except (YAMLError, ValidationError) as error:
        raise _unreadable(where, error) from error


@lru_cache(maxsize=8)
def _parse(text: str) -> Lock:
    """Thousands of lines take a quarter of a second, and an audit meets the same ones in git."""
    return Lock.model_validate(YAML(typ="safe").load(text) or {})


def changed_since(lock: Lock, root: Path) -> tuple[str, ...]:
    """Names the small outputs whose bytes are not those that dvc.lock records.

    Folders are left out: their hash is that of DVC's own listing, which an audit recomputes.
    """
    outs = [out for stage in lock.stages.values() for out in stage.outs if out.md5 and not out.folder]
    return tuple(
        out.path
        for out in outs
        if (root / out.path).is_file() and (out.size or 0) < 5_000_000 and _md5(root / out.path) != out.md5
    )


def _unreadable(where: str, error: Exception) -> DataError:
    return DataError(
        "dvc.lock cannot be read",
        where=where,
        why=_first_fault(error),
        remedy="restore it with `git checkout dvc.lock`, or run `medgraft run`",
    )


def _first_fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
    return (str(error) or type(error).__name__).splitlines()[0]


def _md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, list):
        yield prefix, ", ".join(map(str, value)) or "(none)"
    else:
        yield prefix, "null" if value is None else str(value)
