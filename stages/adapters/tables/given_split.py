"""Reads the names under which data sets call their splits."""

from __future__ import annotations

from stages.contracts.errors import DataError
from stages.contracts.manifest import Split

NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


def given_split(name: str, where: str) -> Split:
    """Gives the split of this name.

    Args:
        name: As the data have it, in any case.
        where: The folder or the cell it stands in, for the message.

    Raises:
        DataError: If it is the name of no split.
    """
    if name.strip().lower() not in NAMES:
        raise DataError(
            f"'{name}' is the name of no split",
            where=where,
            why=f"known names are {', '.join(NAMES)}",
            remedy="rename it in the data, or do not ask the adapter for given splits",
        )
    return NAMES[name.strip().lower()]
