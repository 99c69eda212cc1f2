"""The values of a record: what each of them is, and what its codes mean."""

from __future__ import annotations

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
