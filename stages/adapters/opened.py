"""Chooses the adapter that params name and opens it at the raw root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, assert_never

from pydantic import BeforeValidator, Field

from stages.adapters.case import Adapter
from stages.adapters.formats.decathlon import DecathlonAdapter, DecathlonOptions
from stages.adapters.formats.dicom import DicomAdapter, DicomOptions
from stages.adapters.formats.folder import FolderAdapter, FolderOptions
from stages.adapters.formats.formula import FormulaAdapter, FormulaOptions
from stages.adapters.formats.medmnist import MedmnistAdapter, MedmnistOptions
from stages.adapters.formats.table import TableAdapter
from stages.adapters.formats.tabular import TabularAdapter
from stages.adapters.tables.table_options import TableOptions
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.artifact import Record


def _named(value: Any) -> Any:
    return {"format": value} if isinstance(value, str) else value


AnyOptions = Annotated[
    Annotated[
        DecathlonOptions
        | DicomOptions
        | FolderOptions
        | FormulaOptions
        | MedmnistOptions
        | TableOptions
        | TabularOptions,
        Field(discriminator="format"),
    ],
    BeforeValidator(_named),
]
"""Options of one of the adapters; `folder` alone is short for `{format: folder}`."""


class AdapterRecord(Record):
    """Which adapter read a domain, and how: enough to open the raw data again."""

    adapter: AnyOptions


def open_adapter(root: Path, options: AnyOptions) -> Adapter:
    """Opens raw data.

    Args:
        root: As `resolve_raw` gives it.
        options: Of the adapter to use.

    Raises:
        DataError: If the raw data are not of that format.
    """
    opened: Adapter
    match options:
        case DecathlonOptions():
            opened = DecathlonAdapter(root, options)
        case DicomOptions():
            opened = DicomAdapter(root, options)
        case FolderOptions():
            opened = FolderAdapter(root, options)
        case FormulaOptions():
            opened = FormulaAdapter(root, options)
        case MedmnistOptions():
            opened = MedmnistAdapter(root, options)
        case TableOptions():
            opened = TableAdapter(root, options)
        case TabularOptions():
            opened = TabularAdapter(root, options)
        case _:
            assert_never(options)
    return opened
