"""Columns of a clinical table: of what kind they are, and the codes of their values."""

from __future__ import annotations

import re
from typing import Annotated, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from stages.adapters.tables.cells import Cells, distinct, plain
from stages.contracts.feature import Feature, Kind
from stages.contracts.params import Params

Text = Annotated[str, Field(coerce_numbers_to_str=True)]

TRUTHS = {"no": 0.0, "false": 0.0, "n": 0.0, "f": 0.0, "0": 0.0} | {
    "yes": 1.0, "true": 1.0, "y": 1.0, "t": 1.0, "1": 1.0
}  # fmt: skip
SURE_TRUTHS = frozenset({"no", "false", "yes", "true"})
"""Letters and digits may mean other things."""
MOST_TEXTS = 100
"""Different texts of a category that nobody has declared to be one."""
_DATE = re.compile(
    r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/. ])(\d{1,2}|[A-Za-z]{3,9})\3\d{2,4})([T ,].*)?"
)


class ColumnOptions(Params):
    """What params say of a column."""

    kind: Kind | None = None
    """By default a number where every cell is one, a boolean where all are yes or no, else a category."""
    missing: tuple[Text, ...] = ()
    """Cells that hold no value in this column, such as an impossible 0."""
    values: tuple[Text, ...] | None = None
    """Of a category or an ordinal, in the order of their codes; sorted by default."""
    rename: Annotated[Text, Field(min_length=1)] | None = None
    """What the feature is called in every hospital, where this table calls it otherwise."""
    recode: dict[Text, Text] = Field(default_factory=dict)
    """What cells are read as, where other hospitals write it otherwise: `{typical: 1}`."""

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        if self.values is not None and self.kind in ("number", "boolean"):
            raise ValueError(f"a {self.kind} has no 'values'")
        if self.kind == "ordinal" and self.values is None:
            raise ValueError("an ordinal needs its 'values' in their order")
        if self.values is not None and len({plain(value) for value in self.values}) < len(self.values):
            raise ValueError("one of the 'values' stands there twice")
        if twice := {plain(cell) for cell in self.recode} & {plain(cell) for cell in self.missing}:
            raise ValueError(f"'{min(twice)}' is both 'missing' and recoded")
        return self


def describe(cells: Cells, options: ColumnOptions) -> Feature:
    """Says what a column is.

    Raises:
        DataError: If nothing is declared, and it mixes numbers with text, or holds dates, or so many
            different texts that it is free text or an identifier.
    """
    name = options.rename or cells.name
    if options.kind in ("number", "boolean"):
        return Feature(name=name, kind=options.kind)
    if options.kind or options.values is not None:
        values = options.values or distinct(cells.texts)
        return Feature(name=name, kind=options.kind or "category", values=values)
    odd = cells.texts.notna().to_numpy() & np.isnan(cells.numbers)
    if not odd.any():
        return Feature(name=name, kind="number")
    if not np.isnan(cells.numbers).all():
        remedy = "list the text in `missing`, or give the column's `kind` in `columns`"
        raise cells.refused("a text among numbers", remedy, odd)
    texts = distinct(cells.texts)
    if {text.lower() for text in texts} <= SURE_TRUTHS:
        return Feature(name=name, kind="boolean")
    if 2 * sum(bool(_DATE.fullmatch(text)) for text in texts) > len(texts):
        remedy = f"give a span instead, such as an age in years, or `drop: [{cells.name}]`"
        raise cells.refused("it holds dates", remedy)
    if len(texts) > max(20, min(MOST_TEXTS, odd.sum() // 2)):
        remedy = f"`drop: [{cells.name}]` or, if it is a category, give its `kind` in `columns`"
        raise cells.refused(f"{len(texts)} different texts: free text or an identifier is no feature", remedy)
    return Feature(name=name, kind="category", values=texts)


def encode(cells: Cells, column: Feature) -> NDArray[np.float64]:
    """Gives the values [n] of a feature: NaN where missing, places among `values`, 0 and 1 of a boolean.

    Raises:
        DataError: If a cell is not of the column's kind.
    """
    if column.kind == "number":
        codes, expected = cells.numbers, "a number"
    else:
        known = TRUTHS if column.kind == "boolean" else {plain(v): i for i, v in enumerate(column.values)}
        places, texts = pd.factorize(cells.texts)
        spelt = [plain(text.lower() if column.kind == "boolean" else text) for text in texts]
        lookup = np.array([*(known.get(text, np.nan) for text in spelt), np.nan])
        codes, expected = lookup[places], "yes or no" if column.kind == "boolean" else "one of `values`"
    odd = np.isnan(codes) & cells.texts.notna().to_numpy()
    if odd.any():
        remedy = "correct it, or list its text in `missing`"
        raise cells.refused(f"a cell is not {expected}", remedy, odd)
    return codes
