"""Finds what stands before and after a case's identifier in the name of its file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

SAMPLE = 20
"""Identifiers from which namings are guessed; the best guess is then held against all."""
GUESSES = 20


@dataclass(frozen=True)
class Naming:
    """A file is called prefix + identifier + suffix.

    Attributes:
        prefix: Such as `png/`.
        suffix: Such as `.png`.
        matched: How many identifiers have such a file.
    """

    prefix: str
    suffix: str
    matched: int


def find_naming(ids: Sequence[str], files: Collection[str]) -> Naming:
    """Finds the prefix and suffix by which most identifiers become the name of a file.

    Args:
        ids: Of the cases.
        files: Paths below the raw root, or the members of an archive.

    Returns:
        The naming; the shorter of two that are as good. It has matched none where nothing fits.
    """
    known = frozenset(files)
    guesses = Counter({("", ""): 0})
    for one in _spread(ids):
        ends = ((file, file.rfind(one)) for file in known)
        guesses.update((file[:at], file[at + len(one) :]) for file, at in ends if at >= 0)
    candidates = [("", ""), *sorted(guesses, key=lambda pair: (-guesses[pair], pair))[:GUESSES]]
    namings = [Naming(a, b, sum(f"{a}{one}{b}" in known for one in ids)) for a, b in candidates]
    return min(namings, key=lambda n: (-n.matched, len(n.prefix) + len(n.suffix), n.prefix, n.suffix))


def find_id_column(columns: Mapping[str, Sequence[str]], files: Collection[str]) -> str | None:
    """Finds the column of a table whose cells, all of them different, match the most files.

    Returns:
        Its name, the first of several; None where no column matches half of its rows.
    """
    best, most = None, 0
    for name, cells in columns.items():
        if len(set(cells)) < len(cells):
            continue
        matched = find_naming(cells, files).matched
        if matched > most and 2 * matched >= len(cells):
            best, most = name, matched
    return best


def _spread(ids: Sequence[str]) -> list[str]:
    distinct = sorted({one for one in ids if one})
    return distinct[:: max(1, len(distinct) // SAMPLE)][:SAMPLE]
