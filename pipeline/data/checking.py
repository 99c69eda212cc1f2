"""`medgraft data check`: what there is, and what is wrong with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.data.inquiry import Inquiry
from pipeline.data.report import CheckReport
from pipeline.processes.halt import Halt
from stages.contracts.errors import DataError
from stages.contracts.inspection import Inspection, InspectionRequest

INGESTED = "artifacts/ingested"
"""Where dvc.yaml has what was ingested, by domain."""


def check_data(request: InspectionRequest, folder: Path, halt: Halt) -> tuple[CheckReport, DataError | None]:
    """Looks at data and takes nothing.

    Args:
        request: What to look at.
        folder: The workspace whose params decide, or any folder.
        halt: Ends the looking.

    Returns:
        What was seen, and the error with which a run would end.
    """
    with inquiring(folder, halt) as inquiry:
        seen = inquiry.inspect(recalling(request, folder))
    return CheckReport.of(request.path, seen), refusal_of(request.path, seen)


@contextmanager
def inquiring(folder: Path, halt: Halt) -> Iterator[Inquiry]:
    """Opens an inquiry, and deletes its answers at the end.

    Args:
        folder: The workspace whose params decide, or any folder.
        halt: Ends what is asked.
    """
    with tempfile.TemporaryDirectory(prefix="medgraft-") as scratch:
        yield Inquiry(Path(scratch), folder, halt)


def recalling(request: InspectionRequest, folder: Path) -> InspectionRequest:
    """Names what the last ingestion saw, so that the same files need not be looked at again."""
    earlier = folder / INGESTED / request.domain
    return request.model_copy(update={"earlier": str(earlier)}) if earlier.is_dir() else request


def refusal_of(path: str, seen: Inspection) -> DataError | None:
    """Gives the error with which a run would end; None where it would go on."""
    stopping = seen.stopping
    others = f", and there are {len(stopping) - 1} more" if stopping[1:] else ""
    return stopping[0].as_error(path, others) if stopping else None
