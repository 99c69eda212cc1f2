"""Reads one section of params.yaml into the frozen model of the stage that owns it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stages.contracts.errors import ParamsError

PARAMS_FILE = Path("params.yaml")


class Params(BaseModel):
    """Base of every params model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=BaseModel)


def load_params(model: type[P], section: str, file: Path = PARAMS_FILE) -> P:
    """Reads and validates a section.

    Args:
        model: The stage's own params model.
        section: Dotted key of the section, such as `ingest.target`.
        file: The params file.

    Raises:
        ParamsError: If the file cannot be read, or the section is missing or not valid.
    """
    return parse_params(model, find_section(read_params(file), section, file), section, file)


def read_params(file: Path = PARAMS_FILE) -> dict[str, Any]:
    """Reads the whole params file as plain values.

    Raises:
        ParamsError: If the file is missing or is not a YAML mapping.
    """
    try:
        values = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ParamsError(
            "the params file cannot be read",
            where=str(file),
            why=reason,
            remedy="run in the project's root, and check the file's YAML",
        ) from error
    if not isinstance(values, dict):
        raise ParamsError(
            "the params file is not a mapping of sections",
            where=str(file),
            why=f"it holds a {type(values).__name__}",
            remedy="write one section per stage, as in the README",
        )
    return values


def find_section(values: dict[str, Any], section: str, file: Path = PARAMS_FILE) -> Any:
    """Follows a dotted key.

    Raises:
        ParamsError: If a part of the key is missing.
    """
    found: Any = values
    walked: list[str] = []
    for key in section.split("."):
        if not isinstance(found, dict) or key not in found:
            known = list(found) if isinstance(found, dict) else []
            raise ParamsError(
                f"the params section '{section}' is missing",
                where=f"{file}: {section}",
                why=f"there is no key '{key}'" + (f" in '{'.'.join(walked)}'" if walked else ""),
                remedy=_suggestion(key, known) or f"add the key '{key}'",
            )
        walked.append(key)
        found = found[key]
    return found


def parse_params(model: type[P], values: Any, section: str, file: Path = PARAMS_FILE) -> P:
    """Validates the values of a section.

    Raises:
        ParamsError: For the first key that is unknown, missing, mistyped or out of range.
    """
    try:
        return model.model_validate({} if values is None else values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            near = _suggestion(key, list(model.model_fields), f"{section}." if "." in key else "")
            why, remedy = "no such parameter", near or f"remove '{key}'"
        elif first["type"] == "missing":
            why, remedy = "it is required", f"add '{key}' to the section '{section}'"
        else:
            why = f"{first['msg']}; got {first['input']!r}"
            remedy = "correct the value"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ParamsError(
            f"a parameter is not valid{more}",
            where=f"{file}: {section}.{key}" if key else f"{file}: {section}",
            why=why,
            remedy=remedy,
        ) from error


def _suggestion(key: str, known: list[str], above: str = "") -> str:
    """Names the key most like this one; with what stands above it where that is another place."""
    close = difflib.get_close_matches(key.rsplit(".", 1)[-1], [str(k) for k in known], n=1)
    return f"did you mean '{above}{close[0]}'?" if close else ""
