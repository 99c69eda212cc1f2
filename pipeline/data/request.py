"""What the user asks `medgraft data` to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from stages.contracts.errors import UsageError
from stages.contracts.grid import Name
from stages.contracts.inspection import Columns, InspectionRequest

Planning = Literal["auto", "keep"]


@dataclass(frozen=True)
class Taking:
    """How data are to be taken.

    Attributes:
        link: Whether files are linked instead of copied.
        plan: `auto` proposes the preparation anew; `keep` does so only where there is none.
        positive: Name of the positive class.
    """

    link: bool = False
    plan: Planning = "keep"
    positive: str | None = None


def make_request(
    path: Path, domain: str, format_name: str | None, task: str | None, columns: Columns
) -> InspectionRequest:
    """Makes paths absolute, for the tools run elsewhere.

    Args:
        path: Of the data, relative to the current folder.
        domain: `target`, or the name of a source.
        format_name: Of the adapter.
        task: What the labels are.
        columns: A table is looked for in the data first, then in the current folder.
    """
    place = path.absolute()
    if columns.labels is not None:
        within = place / columns.labels
        table = within if within.is_file() else Path(columns.labels).absolute()
        columns = columns.model_copy(update={"labels": str(table)})
    return InspectionRequest(path=str(place), domain=domain, format=format_name, task=task, columns=columns)


def check_domain(domain: str, imported: Collection[str]) -> None:
    """Makes sure that a name can be that of a domain.

    Args:
        domain: The name.
        imported: Names of sources that have weights, and no data.

    Raises:
        UsageError: If it cannot.
    """
    if domain in imported:
        raise _refused(domain, "the weights of this source are imported", "choose another name")
    try:
        TypeAdapter(Name).validate_python(domain)
    except ValidationError as error:
        why = "it becomes a part of paths and commands"
        raise _refused(domain, why, "use small letters, digits and underscores") from error


def _refused(domain: str, why: str, remedy: str) -> UsageError:
    return UsageError(f"'{domain}' cannot be the name of a domain", where="--as", why=why, remedy=remedy)
