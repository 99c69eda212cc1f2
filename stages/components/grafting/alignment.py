"""Which units of a source's records are those of the target: hospitals meet by names of what they measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from stages.components.networks.mlp import FIRST
from stages.contracts.feature import Feature, units_of

BY_UNIT = (FIRST, "normalise.mean", "normalise.deviation")
"""Tensors whose last axis has an entry per unit."""
NEW = 0.1
"""Factor on the random weights of a unit that the source does not know: it hardly disturbs what is moved."""
_SHOWN = 5


@dataclass(frozen=True)
class Alignment:
    """The units of source and target, side by side.

    Attributes:
        places: For each unit of the target its place in the source; None where the source does not know it.
        new: Names of those that the source does not know.
        left: Names of the source's that the target does not have.
    """

    places: tuple[int | None, ...]
    new: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def shared(self) -> int:
        """How many units come from the source."""
        return len(self.places) - len(self.new)

    @property
    def same(self) -> bool:
        """Whether both sides have the same units in the same order."""
        return not self.left and self.places == tuple(range(len(self.places)))

    @property
    def reason(self) -> str:
        """Says what happened to the units."""
        told = f"{self.shared} of {len(self.places)} units by name"
        told += f"; new: {_some(self.new)}" if self.new else ""
        return told + (f"; left behind: {_some(self.left)}" if self.left else "")

    def adapt(self, name: str, source: Tensor, target: Tensor) -> Tensor:
        """Gives a tensor of the target, its shared units from the source."""
        adapted = target * NEW if name == FIRST else target.clone()
        for place, known in enumerate(self.places):
            if known is not None:
                adapted[..., place] = source[..., known].to(target.dtype)
        return adapted


def align(
    source: Sequence[Feature], source_deviation: Tensor, target: Sequence[Feature], target_deviation: Tensor
) -> Alignment:
    """Finds the units that both sides have.

    A unit that never varied in the source's training taught it nothing, so it is new where it varies here.

    Args:
        source: Features of the source.
        source_deviation: Of each of its units; 0 where it never varied in training.
        target: Features of the target.
        target_deviation: Likewise.
    """
    theirs = {unit.name: place for place, unit in enumerate(units_of(source))}
    names = [unit.name for unit in units_of(target)]
    told, asked = source_deviation.tolist(), target_deviation.tolist()
    places = tuple(
        known if known is not None and (told[known] > 0 or asked[place] == 0) else None
        for place, known in enumerate(map(theirs.get, names))
    )
    return Alignment(
        places=places,
        new=tuple(name for name, known in zip(names, places, strict=True) if known is None),
        left=tuple(name for name in theirs if name not in names),
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
