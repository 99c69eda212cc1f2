"""Options of the adapter `dicom`, found by holding a table of labels against the headers of the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from stages.adapters.choosing.labelled import Found, no_match, unnamed_label
from stages.adapters.dicom.header import find_headers
from stages.adapters.dicom.labels import MATCHES, DicomLabels, Match, keys_of
from stages.adapters.dicom.series import DicomCase, group
from stages.adapters.raw.place import Table
from stages.adapters.tables.table_file import check_column, read_cases
from stages.contracts.errors import UsageError
from stages.contracts.inspection import Columns

_MANY = 2000
"""Cases by which a column is chosen: as good as all of them, and a table has many columns."""


def match_headers(root: Path, table: Table, columns: Columns) -> Found:
    """Finds out which column of a table tells the cases apart, and by what.

    Args:
        root: Of the raw data.
        table: The table.
        columns: What the user says of it; the column of identifiers is found where it is not named.

    Returns:
        Options of the adapter, and what was chosen on the user's behalf.

    Raises:
        DataError: If the table cannot be read, or less than half of the cases or of the rows belong together.
        UsageError: If nobody says which column holds the labels, or what is said needs another adapter.
    """
    frame = read_cases(table.place)
    label = _label(frame, table, columns)
    for named in (columns.id, label, columns.patient, columns.split, *columns.covariates):
        if named:
            check_column(named, frame, table.place)
    cases = group(find_headers(root))[:_MANY]
    key, by, matched = _best(cases, frame, columns.id)
    said = f"'{key}' is the {by} of {matched} of {len(cases)} cases"
    if 2 * matched < min(len(cases), len(frame)) or not matched:
        remedy = "name another column with --id, or add one with the path of each file or folder"
        raise no_match(table, f"{said}, and nothing fits more", remedy)
    labels = DicomLabels(
        file=table.name,
        key=key,
        match=by,
        label=label,
        patient=columns.patient,
        split=columns.split,
        covariates=columns.covariates,
    )
    options: dict[str, Any] = {"labels": labels.model_dump(exclude_defaults=True)}
    return options | ({"patient": "table"} if columns.patient else {}), (f"{table.name}: {said}",)


def _label(frame: pd.DataFrame, table: Table, columns: Columns) -> str:
    of_tables = columns.names or columns.missing or columns.above is not None
    if columns.mask or columns.label_means or len(columns.label) > 1 or of_tables:
        raise UsageError(
            "the format 'dicom' takes one column of labels",
            where="the command line",
            why="masks, labels by presence, several labels and codes of cells are for other formats",
            remedy="give one --label whose cells name the class",
        )
    if not columns.label and "label" not in frame.columns:
        raise unnamed_label(table, frame)
    return columns.label[0] if columns.label else "label"


def _best(cases: list[DicomCase], frame: pd.DataFrame, named: str | None) -> tuple[str, Match, int]:
    """Chooses the column and the match that most cases have; the closest match, where several do."""
    known: dict[Match, list[set[str]]] = {
        by: [set[str]().union(*keys_of(case, by)) for case in cases] for by in MATCHES
    }
    best: tuple[str, Match, int] = (named or str(frame.columns[0]), "path", 0)
    for by, keys in known.items():
        for column in [named] if named else map(str, frame.columns):
            cells = set(frame[column].dropna())
            matched = sum(not cells.isdisjoint(own) for own in keys)
            if matched > best[2]:
                best = (column, by, matched)
    return best
