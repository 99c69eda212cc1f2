"""The name that the registry knows the model by: the `artifacts:` entry of dvc.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.lineage.git import ask_git
from stages.contracts.errors import UsageError

MODEL = "artifacts/model"
"""Where the packaged model lies."""
DEFAULT = "model"


def tag_prefix(root: Path) -> str:
    """Gives what the tags of the model begin with: its name, below a repository's root with the folder.

    Where dvc.yaml has no entry for it, its name is `model`.
    """
    folder = (ask_git(root, "rev-parse", "--show-prefix") or "").strip().rstrip("/")
    name = _entry(root) or DEFAULT
    return f"{folder}={name}" if folder else name


def require_entry(root: Path) -> None:
    """Makes sure that DVC and GTO will find the model.

    Raises:
        UsageError: If dvc.yaml has no entry for it.
    """
    if _entry(root) is None:
        raise UsageError(
            "the model has no entry in dvc.yaml",
            where=str(root / "dvc.yaml"),
            why=f"no entry of `artifacts:` has the path {MODEL}, so DVC and GTO would not find the model",
            remedy=f"add `artifacts: {{{DEFAULT}: {{path: {MODEL}, type: model}}}}` and commit dvc.yaml",
        )


def _entry(root: Path) -> str | None:
    file = root / "dvc.yaml"
    if not file.is_file():
        return None
    try:
        entries = YAML(typ="safe").load(_section(file.read_text(encoding="utf-8"))) or {}
    except (UnicodeDecodeError, YAMLError):
        return None  # Whoever reads the graph says what is wrong with the file.
    artifacts: Any = entries.get("artifacts")
    pairs = artifacts.items() if isinstance(artifacts, dict) else ()
    return next((str(name) for name, value in pairs if _path(value) == MODEL), None)


def _path(value: Any) -> str | None:
    return str(value.get("path", "")).rstrip("/") if isinstance(value, dict) else None


def _section(text: str) -> str:
    """Cuts the section out: parsing all of dvc.yaml takes a hundred times as long."""
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if line.startswith("artifacts:")), None)
    if start is None:
        return ""
    rest = range(start + 1, len(lines))
    end = next((place for place in rest if lines[place][:1] not in ("", " ", "#")), len(lines))
    return "\n".join(lines[start:end])
