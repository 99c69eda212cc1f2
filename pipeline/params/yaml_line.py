"""Writes plain values as YAML in one line, such that every reader of YAML reads the same."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

_PLAIN = re.compile(r"[A-Za-z./_](?:[\w ./-]*[\w./-])?", re.ASCII)
_MISREAD = frozenset({"y", "n", "yes", "no", "on", "off"})
"""Words that older readers of YAML take for true or false."""


class _Representer(RoundTripRepresenter):
    """Writes null as a word: an empty value is easily overlooked."""


_Representer.add_representer(
    type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
)


def in_line(value: Any) -> str:
    """Writes a plain value in one line."""
    return dump_text(round_trip(), marked(value)).strip().removesuffix("...").strip()


def marked(value: Any) -> Any:
    """Marks a plain value, which a larger document may take up, as one to be written in one line."""
    if isinstance(value, Mapping):
        inline: Any = CommentedMap((marked(key), marked(one)) for key, one in value.items())
    elif isinstance(value, list | tuple):
        inline = CommentedSeq(marked(one) for one in value)
    else:
        plain = not isinstance(value, str) or (_PLAIN.fullmatch(value) and value.lower() not in _MISREAD)
        return value if plain else DoubleQuotedScalarString(value)
    inline.fa.set_flow_style()
    return inline


def round_trip() -> YAML:
    """Gives a reader and writer that keeps comments, quotes and long lines."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    return yaml


def dump_text(yaml: YAML, data: Any) -> str:
    """Writes a document."""
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
