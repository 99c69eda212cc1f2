"""What a folder held, as DVC wrote it down: its files, their MD5s, and the MD5 of both together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from pipeline.audit.finding import Remark

Listing = Mapping[str, str]
"""MD5 of each file, by its POSIX path in the folder."""


def folder_md5(listing: Listing) -> str:
    """Gives DVC's hash of a folder."""
    rows = [{"md5": listing[name], "relpath": name} for name in sorted(listing)]
    return hashlib.md5(json.dumps(rows).encode(), usedforsecurity=False).hexdigest() + ".dir"


def parse_listing(data: bytes) -> Listing | None:
    """Reads the object that DVC keeps of a folder; None where it is none."""
    try:
        return {str(row["relpath"]): str(row["md5"]) for row in json.loads(data)}
    except (ValueError, KeyError, TypeError):
        return None


def compare(folder: str, recorded: Listing, found: Listing) -> Iterator[Remark]:
    """Names every file that is missing, extra, changed, renamed or swapped.

    Args:
        folder: For the names.
        recorded: What the folder held.
        found: What it holds.
    """
    missing = {name: recorded[name] for name in sorted(recorded.keys() - found.keys())}
    extra = {name: found[name] for name in sorted(found.keys() - recorded.keys())}
    changed = {name for name in recorded.keys() & found.keys() if recorded[name] != found[name]}
    for name, md5 in missing.items():
        new = next((other for other, its in extra.items() if its == md5), None)
        if new is None:
            yield Remark(where=f"{folder}/{name}", why="missing")
        else:
            extra.pop(new)
            yield Remark(where=f"{folder}/{name}", why=f"renamed to {folder}/{new}")
    for name in extra:
        yield Remark(where=f"{folder}/{name}", why="not recorded: it was added")
    for name in sorted(changed):
        twin = next((other for other in sorted(changed) if _swapped(name, other, recorded, found)), None)
        why = f"its MD5 is {found[name]}, recorded {recorded[name]}"
        yield Remark(where=f"{folder}/{name}", why=f"swapped with {folder}/{twin}" if twin else why)


def _swapped(one: str, other: str, recorded: Listing, found: Listing) -> bool:
    return found[one] == recorded[other] and found[other] == recorded[one]
