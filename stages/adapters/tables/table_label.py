"""Reads the label of a case out of the cells of its row."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

from stages.adapters.tables.table_options import TableOptions
from stages.contracts.task import LABEL_JOIN

Row = Mapping[Hashable, str | None]
"""A cell by column; None where it is empty."""

TRUE, FALSE = frozenset({"1", "1.0", "true", "yes"}), frozenset({"0", "0.0", "false", "no"})


def label_of(row: Row, options: TableOptions) -> str | None:
    """Gives the label of a row, as `RawCase` has it; None where it is missing or makes no sense."""
    columns = options.label_columns
    if options.mask is not None:
        return None
    if len(columns) > 1:
        return _joined_columns({name: row[name] for name in columns})
    cell = row[columns[0]]
    if options.label_means == "presence":
        return "no" if cell is None else "yes"
    if cell is None or options.task in ("classes", "ordinal"):
        return cell
    return _number(cell) if options.task == "regression" else _joined_parts(cell, options.separator)


def _joined_columns(cells: Mapping[str, str | None]) -> str | None:
    """Joins the names of the columns whose cell is true; an empty cell is false among others.

    The label is missing where all cells are empty, or one is neither true nor false.
    """
    said = {name: cell.strip().lower() for name, cell in cells.items() if cell is not None}
    if not said or not set(said.values()) <= TRUE | FALSE:
        return None
    return LABEL_JOIN.join(sorted(name for name, word in said.items() if word in TRUE))


def _joined_parts(cell: str, separator: str) -> str:
    """Joins the classes that stand in one cell anew: each once, sorted, without spaces around them."""
    return LABEL_JOIN.join(sorted({part.strip() for part in cell.split(separator)} - {""}))


def _number(cell: str) -> str | None:
    """Gives a number in its shortest form, such as `3.0` for `3.00`; None for what is no finite number."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return repr(value) if math.isfinite(value) else None
