"""Sets values and whole subtrees of params.yaml, makes keys that are not there, and keeps the comments."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.util import load_yaml_guess_indent

from pipeline.params.yaml_line import dump_text, in_line, marked, round_trip

_ABSENT = object()


def set_values(text: str, values: Mapping[str, Any]) -> str:
    """Gives the text of a params file with some values set.

    Args:
        text: The file's text, a YAML mapping.
        values: Plain values by dotted key; a mapping replaces the whole subtree.

    Returns:
        The text, in which nothing else changed where lines can be edited one by one; else it is
        written anew, with its comments.
    """
    for key, value in values.items():
        text = _set(text, key.split("."), value)
    return text


def _set(text: str, path: list[str], value: Any) -> str:
    wanted = YAML(typ="safe").load(text) or {}
    if _at(wanted, path[:-1]).get(path[-1], _ABSENT) == value:
        return text
    _put(wanted, path, value)
    with suppress(YAMLError, LookupError, ValueError):
        spliced = _splice(text, path, wanted)
        if YAML(typ="safe").load(spliced) == wanted:
            return spliced
    yaml = round_trip()
    data, indent, offset = load_yaml_guess_indent(text, yaml=yaml)
    data = CommentedMap() if data is None else data
    _put(data, path, marked(value))
    yaml.indent(mapping=2, sequence=indent or 2, offset=offset or 0)
    return dump_text(yaml, data)


def _at(data: Any, path: list[str]) -> dict[str, Any]:
    for part in path:
        data = data.get(part)
        if not isinstance(data, dict):
            return {}
    return dict(data)


def _put(data: Any, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        if not isinstance(data.get(part), dict):
            data[part] = CommentedMap()
        data = data[part]
    data[path[-1]] = value


def _splice(text: str, path: list[str], wanted: dict[str, Any]) -> str:
    """Writes over the lines of the value, or adds lines behind those of its section."""
    node: Any = YAML().compose(text)
    found: list[tuple[Any, Any]] = []
    for part in path:
        pairs = node.value if isinstance(node, MappingNode) else []
        pair = next(((key, child) for key, child in pairs if key.value == part), None)
        if pair is None:
            break
        found.append(pair)
        node = pair[1]
    depth = len(found)
    if depth < len(path) and isinstance(node, MappingNode) and not node.flow_style:
        column, end = node.value[0][0].start_mark.column, _line_end(text, _last(*node.value[-1]))
        lines = _render({path[depth]: _at(wanted, path[:depth])[path[depth]]}, column - 2, spread=True)
        return text[:end] + lines + (text[end:] or "\n")
    key, child = found[-1]
    start = text.index(":", key.end_mark.index) + 1
    last = max(start, _last(key, child))
    end = last if _is_inline(child) else _line_end(text, last)
    value = _at(wanted, path[: depth - 1])[path[depth - 1]]
    return text[:start] + _render(value, key.start_mark.column) + text[end:]


def _is_inline(node: Any) -> bool:
    return isinstance(node, ScalarNode) or bool(node.flow_style)


def _last(key: Any, node: Any) -> int:
    """Gives where the last value behind a key ends; what follows it are comments."""
    while not _is_inline(node) and node.value:
        last = node.value[-1]
        key, node = last if isinstance(node, MappingNode) else (last, last)
    nothing = isinstance(node, ScalarNode) and not node.value and not node.style
    return int((key if nothing else node).end_mark.index)


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _render(value: Any, column: int, *, spread: bool = False) -> str:
    """Writes a value behind its key: in the same line, or a mapping of mappings over several."""
    nested = isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values())
    if not (nested or spread):
        return " " + in_line(value)
    indent = "\n" + " " * (column + 2)
    return "".join(f"{indent}{in_line(key)}:{_render(one, column + 2)}" for key, one in value.items())
