"""Patches: what a network for masks sees of a case that is too large to be seen at once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stages.contracts.artifact import Record

Side = Annotated[int, Field(ge=1)]


class Patch(Record):
    """A part of a case: how it is drawn in training, and how the whole is put together of them."""

    size: tuple[Side, Side] | tuple[Side, Side, Side]
    """Sides in pixels or voxels; the network takes just these."""
    overlap: float = Field(default=0.5, ge=0, lt=1)
    """Share of a side by which neighbours overlap where a whole case is asked for (Isensee et al. 2021)."""
    foreground: float = Field(default=0.5, ge=0, le=1)
    """Share of the training patches about a pixel of a class but the background; others lie anywhere."""


def _named(value: Any) -> Any:
    return {"size": value} if isinstance(value, (list, tuple)) else value


AnyPatch = Annotated[Patch, BeforeValidator(_named)]
"""`[32, 32, 32]` alone is short for `{size: [32, 32, 32]}`."""
