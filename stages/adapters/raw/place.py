"""Raw data where a user has them: a folder or a single file, and perhaps a table from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.adapters.raw.location import POINTER, resolve_raw
from stages.adapters.raw.raw_files import list_files
from stages.contracts.errors import UsageError


@dataclass(frozen=True)
class Table:
    """A table of labels: where it is, and the name it has or will have below the raw root."""

    place: Path
    name: str


@dataclass(frozen=True)
class Place:
    """Raw data where they are.

    Attributes:
        base: The folder in which the files lie.
        root: What the adapter opens: that folder, a single file, or what a pointer points at.
        files: Paths below `base`, of what becomes raw data.
        table: The table of labels that the user names.
    """

    base: Path
    root: Path
    files: tuple[str, ...]
    table: Table | None

    @property
    def borrowed(self) -> dict[str, Path]:
        """The table, where it comes from elsewhere."""
        elsewhere = self.table is not None and self.table.name not in self.files
        return {self.table.name: self.table.place} if self.table and elsewhere else {}


def find_place(path: Path, labels: Path | None) -> Place:
    """Lists the files of raw data.

    Args:
        path: A folder or a single file.
        labels: A table, in the folder or elsewhere.

    Raises:
        UsageError: If there is nothing, or the table cannot go with the data.
        DataError: If a file is refused.
    """
    if path.is_file():
        if labels:
            raise _refused(path, "a table of labels goes with a folder", "give the folder of the images")
        return Place(path.parent, path, (path.name,), None)
    if not path.is_dir():
        raise _refused(path, "there is no such file or folder", "correct the path")
    files = tuple(list_files(path))
    root = resolve_raw(path) if (path / POINTER).is_file() else path
    return Place(path, root, files, _find_table(path, files, labels) if labels else None)


def _find_table(base: Path, files: Sequence[str], table: Path) -> Table:
    if not table.is_file():
        raise _refused(table, "there is no such table", "correct --labels")
    real, root = table.resolve(), base.resolve()
    if real.is_relative_to(root):
        return Table(table, real.relative_to(root).as_posix())
    name = f"labels{table.suffix.lower()}"
    if any(file == name or file.startswith(f"{name}/") for file in files):
        why = f"the data hold '{name}' already, and the table would get this name"
        raise _refused(table, why, f"put the table into {base} under another name, and give that one")
    return Table(real, name)


def _refused(path: Path, why: str, remedy: str) -> UsageError:
    return UsageError("the data cannot be looked at", where=str(path), why=why, remedy=remedy)
