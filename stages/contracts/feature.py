"""The values of a record: what each of them is, and what its codes mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stages.contracts.artifact import Record

Kind = Literal["number", "boolean", "category", "ordinal"]


class Feature(Record):
    """One value of a record, as a column of a clinical table gives it."""

    name: str
    """The same in every hospital that measures it."""
    kind: Kind
    """A boolean is 0 or 1; a category or an ordinal is a place among `values`."""
    values: tuple[str, ...] = ()
    """Of a category or an ordinal, in the order of their codes."""


TRUNK = 16
"""Width of the layer that takes covariates in: they are few, and so are cases."""


@dataclass(frozen=True)
class Unit:
    """One number that a network takes in of a record.

    Attributes:
        name: The same in every hospital where it means the same.
        feature: Place of its feature in the record.
        asks: For the `value` itself, whether it `equals` a code, or whether it is `missing`.
        code: Of the category that it asks for; 0 for other units.
    """

    name: str
    feature: int
    asks: Literal["value", "equals", "missing"]
    code: int = 0


def units_of(features: Sequence[Feature]) -> tuple[Unit, ...]:
    """Gives the units of records: a number, boolean or ordinal is one, a category one per value.

    What is missing is a unit of its own for each feature. The grades of an ordinal are in its unit's name,
    since the same code has another meaning among other grades.
    """
    units: list[Unit] = []
    for place, feature in enumerate(features):
        name = feature.name
        if feature.kind == "category":
            units += [Unit(f"{name}={v}", place, "equals", code) for code, v in enumerate(feature.values)]
        else:
            grades = f" ({'<'.join(feature.values)})" if feature.kind == "ordinal" else ""
            units.append(Unit(name + grades, place, "value"))
        units.append(Unit(f"{name} is missing", place, "missing"))
    return tuple(units)


def covariate_width(features: Sequence[Feature]) -> int:
    """Gives how many values a head takes in of these covariates: their units, and the trunk's; 0 of none."""
    return len(units_of(features)) + TRUNK if features else 0
