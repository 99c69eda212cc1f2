"""The text of a dvc.lock, cut into one block per stage.

DVC parses and writes the whole file after each stage, which takes longer than many a stage. A
block depends on its own stage alone, so the others can stay as they are, to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = "schema: '2.0'\nstages:\n"
_STAGES = re.compile(r"^stages:.*\n", re.MULTILINE)
_BLOCK = re.compile(r"^  (?=[^ \n])", re.MULTILINE)
_NEXT_KEY = re.compile(r"^(?=[^ \n])", re.MULTILINE)


@dataclass
class LockText:
    """What stands before the stages, the block of each, and what stands after them."""

    head: str
    blocks: dict[str, str]
    tail: str

    @classmethod
    def cut(cls, text: str) -> LockText:
        """Cuts a text that DVC's own writer wrote."""
        found = _STAGES.search(text)
        if not found:
            return cls(text + _HEAD.removeprefix(text and _HEAD.splitlines()[0] + "\n"), {}, "")
        rest = text[found.end() :]
        end = _NEXT_KEY.search(rest)
        body, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
        pieces = ["  " + piece for piece in _BLOCK.split(body) if piece.strip()]
        names = _keys("".join(piece.splitlines()[0] + "\n" for piece in pieces))
        return cls(text[: found.start()] + "stages:\n", dict(zip(names, pieces, strict=True)), tail)

    def join(self, order: Sequence[str]) -> str:
        """Writes the blocks in an order."""
        return self.head + "".join(self.blocks[name] for name in order) + self.tail


def _keys(lines: str) -> list[str]:
    from ruamel.yaml import YAML

    return [str(key) for key in (YAML(typ="safe").load(lines) or {})]
