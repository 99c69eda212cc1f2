"""Says in words what changed: which file, which cases of a folder, which parameter, which module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.plan import FolderChange

NEVER_RAN = "never run"
FORCED = "forced"
_SHOWN = 3
_MISSING = object()


def compare_listings(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> FolderChange:
    """Compares what a folder held with what it holds."""
    return FolderChange(
        path=path,
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        modified=tuple(sorted(name for name in new.keys() & old.keys() if new[name] != old[name])),
    )


def describe_folder(change: FolderChange) -> str:
    """Says how many files of a folder changed, and names the first few."""
    counts = {"added": change.added, "removed": change.removed, "modified": change.modified}
    names = [*change.modified, *change.added, *change.removed]
    parts = ", ".join(f"{len(files)} {word}" for word, files in counts.items() if files)
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"{change.path}: {len(names)} file{'s' if len(names) != 1 else ''} changed ({parts}): {shown}"


def describe_file(path: str, status: str) -> str:
    """Says what happened to a file or folder that a stage reads."""
    return f"{path} {'is missing' if status == 'deleted' else 'is new' if status == 'new' else 'changed'}"


def describe_output(path: str, status: str) -> str:
    """Says what is wrong with an output."""
    words = {"deleted": "is missing", "not in cache": "is not in the cache", "new": "is not recorded"}
    return f"output {path} {words.get(status, 'was modified')}"


def describe_params(file: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Names every parameter that changed, with its old and its new value."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    # A value that became a section, or the other way round, has leaves on one side only.
    keys = sorted(before.keys() | after.keys())
    lines = []
    for key in keys:
        was, now = before.get(key, _MISSING), after.get(key, _MISSING)
        if was is _MISSING:
            lines.append(f"{file}: {key} = {_show(now)} is new")
        elif now is _MISSING:
            lines.append(f"{file}: {key} was removed")
        elif was != now:
            lines.append(f"{file}: {key} {_show(was)} -> {_show(now)}")
    return tuple(lines) or (f"{file} changed",)


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{name}.")
        else:
            yield name, value


def _show(value: Any) -> str:
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
