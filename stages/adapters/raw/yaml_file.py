"""Reads a small YAML file among raw data as a validated record, whatever its bytes are."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stages.adapters.case import UnreadableError
from stages.adapters.raw.raw_bytes import read_bytes, reason_of
from stages.contracts.artifact import Record

_LARGEST = 100_000
R = TypeVar("R", bound=Record)


def read_yaml(file: Path, record: type[R]) -> R:
    """Gives what a file says.

    Args:
        file: Of at most 100,000 bytes.
        record: Type of what it has to say.

    Raises:
        UnreadableError: If it is missing, no YAML, or says something else; the first fault is named.
    """
    data = read_bytes(file)
    if len(data) > _LARGEST:
        raise UnreadableError(f"it has {len(data)} bytes; at most {_LARGEST} are read")
    try:
        return record.model_validate(YAML(typ="safe", pure=True).load(data.decode()))
    except ValidationError as error:
        # The value itself is not shown: aliases of aliases make its text longer than any memory.
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableError(f"{place}: {first['msg']}" if place else first["msg"]) from None
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except (YAMLError, ValueError) as error:  # a date that is none is a ValueError
        raise UnreadableError(" ".join(reason_of(error).split())[:200]) from error
