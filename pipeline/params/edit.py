"""Changes single values of params.yaml and keeps the rest of the file, comments included."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.util import load_yaml_guess_indent

from pipeline.atomic import write_whole
from pipeline.params.auto_search import write_out
from stages.contracts.errors import MedgraftError, ParamsError
from stages.contracts.params import PARAMS_FILE


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
    """Gives the text of a params file with some values changed; `grid.strategies=auto` is written out."""
    for edit in edits:
        key, equals, value = edit.partition("=")
        if not equals:
            raise _wrong(key, "it has no '='", "write --set key=value")
        text = _apply(text, key.strip(), value.strip())
    return write_out(text) if edits else text


def _apply(text: str, key: str, value: str) -> str:
    """Changes the value's own characters where it stands on its line, else writes the file anew."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    data, indent, offset = load_yaml_guess_indent(text, yaml=yaml)
    _set(data, key, _parse(key, value))
    node = _find(YAML().compose(text), key)
    if isinstance(node, ScalarNode) or node.flow_style:
        spliced = text[: node.start_mark.index] + (value or "null") + text[node.end_mark.index :]
        wanted = YAML(typ="safe").load(text)
        _set(wanted, key, YAML(typ="safe").load(value) if value else None)
        with suppress(YAMLError):
            if YAML(typ="safe").load(spliced) == wanted:
                return spliced
    return _dumps(data, indent or 2, offset or 0)


def _dumps(data: Any, indent: int, offset: int) -> str:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=indent, offset=offset)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _find(node: Any, key: str) -> Any:
    for part in key.split("."):
        if isinstance(node, MappingNode):
            node = next(child for name, child in node.value if name.value == part)
        else:
            node = node.value[int(part)]
    return node


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
