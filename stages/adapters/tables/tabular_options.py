"""Options of the adapter `tabular`: which column says what, and how its cells are read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stages.adapters.case import AdapterOptions
from stages.adapters.tables.column import ColumnOptions, Text


class TabularOptions(AdapterOptions):
    """Options of the adapter `tabular`."""

    format: Literal["tabular"] = "tabular"
    """Name of the adapter."""
    file: str | None = None
    """The table, below the raw folder; by default the only one there."""
    header: bool = True
    """Whether the first row names the columns; else `names` does."""
    names: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the columns of a file without a header."""
    delimiter: Annotated[str, Field(pattern=r"^[\t -~]$")] | None = None
    """Stands between cells; by default a tab in .tsv, else a comma."""
    label: str
    """Column with the class, the grade or the number; an empty cell is a missing label."""
    task: Literal["classes", "ordinal", "regression"] = "classes"
    """What the label is; grades are in the order of `classes`, by default of their numbers or letters."""
    above: float | None = None
    """Where given, the label is a number, and the classes are `no` and `yes`: whether it is above this."""
    id: str | None = None
    """Column that names the case; by default the number of its row, so that a new row belongs at the end."""
    patient: str | None = None
    """Column with the patient."""
    split: str | None = None
    """Column with the split."""
    covariates: tuple[str, ...] = ()
    """Columns to keep in the manifest; they are features too, unless `drop` names them."""
    drop: tuple[str, ...] = ()
    """Columns that are no features."""
    missing: tuple[Text, ...] = ()
    """Cells that hold no value in any column, besides empty ones, NA, NaN and null; such as ? or -9."""
    columns: Annotated[dict[str, ColumnOptions], Field(default_factory=dict)]
    """What is to be known of single columns."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.header == (self.names is not None):
            raise ValueError("give 'names' where 'header' is false, and only there")
        if self.above is not None and (self.task != "classes" or self.classes is not None):
            raise ValueError("'above' makes the classes no and yes: leave 'task' and 'classes' out")
        if self.task == "regression" and self.classes is not None:
            raise ValueError("a regression has no 'classes'")
        renamed = {name for name, known in self.columns.items() if known.rename}
        if odd := sorted(renamed & self.no_features):
            raise ValueError(f"column '{odd[0]}' is no feature: there is nothing to rename")
        return self

    @property
    def no_features(self) -> frozenset[str]:
        """Columns that are no features."""
        return frozenset({self.label, *self.drop} | {c for c in (self.id, self.patient, self.split) if c})

    @property
    def named(self) -> tuple[str, ...]:
        """All columns that the table has to have, sorted."""
        return tuple(sorted(self.no_features | set(self.covariates) | set(self.columns)))

    def of(self, column: str) -> ColumnOptions:
        """Gives what is known of a column, with the cells that are missing anywhere."""
        own = self.columns.get(column) or ColumnOptions()
        return own.model_copy(update={"missing": (*self.missing, *own.missing)})

    def feature(self, column: str) -> str:
        """Gives the name of the feature that a column holds."""
        return self.of(column).rename or column
