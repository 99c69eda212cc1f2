"""The values that the stages ran with, against params.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material

_ABSENT = object()


def check_params(material: Material) -> Check:
    """Compares every value that a stage was recorded with."""
    tally = Tally("params", "values")
    sections = {
        (file, key): value
        for stage in material.stages.values()
        for file, keys in stage.params.items()
        for key, value in keys.items()
    }
    for file in sorted({file for file, _ in sections}):
        values = _read(material, file, tally)
        for (_, key), recorded in sections.items() if values is not None else ():
            for dotted, found, wanted in _leaves(key, _find(values, key), recorded):
                tally.expect(f"{file}: {dotted}", _shown(found), _shown(wanted), "the value")
    return tally.check()


def _read(material: Material, file: str, tally: Tally) -> Any:
    if material.present:
        place = material.root / file
        data = place.read_bytes() if place.is_file() else None
    elif material.revision is None:
        tally.skip(file, "the model was never committed, so git does not have its params")
        return None
    else:
        data = material.revision.read(file)
    try:
        values = YAML(typ="safe").load((data or b"").decode())
    except (UnicodeDecodeError, YAMLError):
        values = None
    if not isinstance(values, dict):
        tally.differs(file, "missing" if data is None else "damaged: it is not a mapping in YAML")
        return None
    return values


def _find(values: Any, key: str) -> Any:
    for part in key.split("."):
        if not isinstance(values, dict) or part not in values:
            return _ABSENT
        values = values[part]
    return values


def _leaves(key: str, found: Any, recorded: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(found, dict) and isinstance(recorded, dict):
        for name in sorted({*map(str, found), *map(str, recorded)}):
            yield from _leaves(f"{key}.{name}", found.get(name, _ABSENT), recorded.get(name, _ABSENT))
    else:
        yield key, found, recorded


def _shown(value: Any) -> Any:
    """Gives a value that compares as YAML means it: a list is a list, and absent is not null."""
    if value is _ABSENT:
        return None
    return "null" if value is None else list(value) if isinstance(value, list | tuple) else value
