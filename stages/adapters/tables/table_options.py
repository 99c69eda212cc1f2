"""Options of the adapter `table`: which column says what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stages.adapters.case import AdapterOptions
from stages.contracts.task import LABEL_JOIN

Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class TableOptions(AdapterOptions):
    """Options of the adapter `table`."""

    format: Literal["table"] = "table"
    """Name of the adapter."""
    file: str
    """The table, a .csv, .tsv or .parquet file below the raw folder."""
    path: str = "path"
    """Column with the path of the image, below the raw folder or within the archive."""
    prefix: str = ""
    """Put before each path, such as `png/`."""
    suffix: str = ""
    """Put after each path, such as `.png`."""
    archive: str | None = None
    """A zip file below the raw folder that holds the images."""
    task: Literal["classes", "ordinal", "multilabel", "regression", "segmentation"] = "classes"
    """What the labels are; segmentation wherever `mask` is given."""
    label: str | Columns = "label"
    """Column with the class, the classes or the number; an empty cell is a missing label.

    In `multilabel` also several columns, each of which says whether the case is of the class of its name.
    """
    label_means: Literal["value", "presence"] = "value"
    """`presence`: the class is `yes` where the cell holds anything, and `no` where it is empty."""
    separator: Annotated[str, Field(min_length=1)] = LABEL_JOIN
    """What stands between the classes of a cell, in `multilabel` with one column."""
    mask: str | None = None
    """Column with the path of the mask, as it stands there; `classes` names the values in it."""
    patient: str | None = None
    """Column with the patient."""
    split: str | None = None
    """Column with the split."""
    covariates: tuple[str, ...] = ()
    """Further columns to keep in the manifest."""

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The columns of the label."""
        return (self.label,) if isinstance(self.label, str) else self.label

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the table has to have, sorted."""
        answer = self.label_columns if self.mask is None else (self.mask,)
        others = [name for name in (self.path, self.patient, self.split) if name is not None]
        return tuple(sorted({*answer, *others, *self.covariates}))

    @model_validator(mode="after")
    def _fits_the_task(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        if self.mask is None and self.task == "segmentation":
            yield "'task: segmentation' needs 'mask', the column with the path of the mask"
        if self.mask is not None and self.task not in ("classes", "segmentation"):
            yield f"'mask' makes it segmentation, and 'task' says {self.task}"
        if len(self.label_columns) > 1 and self.task != "multilabel":
            yield "several label columns need 'task: multilabel'"
        if self.task == "ordinal" and not self.classes:
            yield "'task: ordinal' needs 'classes', the names in their order"
        if self.task == "regression" and self.classes:
            yield "'task: regression' has numbers and no 'classes'"
        if self.label_means == "presence" and self.task != "classes":
            yield "'label_means: presence' needs 'task: classes'"
        if any(LABEL_JOIN in name for name in (*self.label_columns, *(self.classes or ()))):
            yield f"'{LABEL_JOIN}' cannot be in the name of a class: it joins names"
