"""Changes single values of params.yaml and keeps the rest of the file, comments included."""

from __future__ import annotations

import difflib
import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.util import load_yaml_guess_indent

from pipeline.atomic import write_whole
from stages.contracts.errors import CacheError, DataError, MedgraftError, ParamsError, StageError
from stages.contracts.params import PARAMS_FILE

_KINDS = {kind.exit_code: kind for kind in (ParamsError, DataError, CacheError)}


@contextmanager
def edited_params(root: Path, edits: Sequence[str]) -> Iterator[None]:
    """Applies `key=value` edits; if the body raises a user's error, the file is what it was.

    Raises:
        ParamsError: For a key that is not in the file, or a value that is not YAML.
    """
    file = root / PARAMS_FILE
    before = file.read_bytes() if edits and file.exists() else b""
    if edits:
        write_whole(file, apply_edits(before.decode(), edits).encode())
    try:
        yield
    except MedgraftError:
        if edits:
            write_whole(file, before)
        raise


def apply_edits(text: str, edits: Sequence[str]) -> str:
    """Gives the text of a params file with some values changed."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    data, indent, offset = load_yaml_guess_indent(text, yaml=yaml)
    for edit in edits:
        key, equals, value = edit.partition("=")
        if not equals:
            raise _wrong(key, "it has no '='", "write --set key=value")
        _set(data, key.strip(), _parse(key, value))
    yaml.indent(mapping=2, sequence=indent or 2, offset=offset or 0)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def check_params(root: Path) -> None:
    """Asks the stages whether params.yaml is valid, before the first of them runs.

    Raises:
        MedgraftError: If it is not, with the stages' own block on standard error.
    """
    if not (root / "stages" / "__main__.py").exists():
        return
    asked = subprocess.run(
        [sys.executable, "-m", "stages"], cwd=root, capture_output=True, text=True, check=False
    )
    if asked.returncode == 0:
        return
    from pipeline.failure import last_block

    lines = asked.stderr.splitlines()
    block = last_block(lines) or {
        "error": "params.yaml cannot be checked",
        "where": "python -m stages",
        "why": lines[-1] if lines else f"it ended with exit code {asked.returncode}",
        "remedy": "run it by hand to see more",
    }
    kind = _KINDS.get(asked.returncode, StageError)
    raise kind(block["error"], where=block["where"], why=block["why"], remedy=block["remedy"])


def _parse(key: str, value: str) -> Any:
    try:
        return YAML(typ="rt").load(value) if value.strip() else None
    except YAMLError as error:
        raise _wrong(key, f"its value is not YAML: {value}", "quote it") from error


def _set(data: Any, key: str, value: Any) -> None:
    at, parts = data, key.split(".")
    for place, part in enumerate(parts):
        index: Any = int(part) if isinstance(at, list) and part.isdigit() else part
        known = range(len(at)) if isinstance(at, list) else at if isinstance(at, dict) else ()
        if index not in known:
            close = difflib.get_close_matches(part, [str(one) for one in known], n=1)
            remedy = f"did you mean '{'.'.join([*parts[:place], *close])}'?" if close else "see params.yaml"
            raise _wrong(key, f"there is no '{'.'.join(parts[: place + 1])}' in it", remedy)
        if place == len(parts) - 1:
            at[index] = value
        else:
            at = at[index]


def _wrong(key: str, why: str, remedy: str) -> ParamsError:
    return ParamsError(
        f"the parameter '{key}' cannot be set", where=f"{PARAMS_FILE}: {key}", why=why, remedy=remedy
    )
