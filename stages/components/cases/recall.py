"""Looks at the cases whose files changed, and recalls what an earlier ingestion saw of the others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.cases.examination import COLUMNS, Examination, tabulate

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Seen:
    """What is known of all cases.

    Attributes:
        table: Columns `file_md5` and those of `Examination`, indexed by case.
        anew: How many cases had to be looked at.
    """

    table: pd.DataFrame
    anew: int


def see_cases(
    paths: pd.Series[str],
    md5s: pd.Series[str],
    look: Callable[[str], Examination],
    earlier: pd.DataFrame | None,
    threads: int,
) -> Seen:
    """Examines cases.

    Args:
        paths: Where each case lies, indexed by case.
        md5s: Hash of the raw bytes behind each case; null where it has no file of its own.
        look: Examines the case at a path; called from several threads.
        earlier: What an earlier ingestion by the same code and options saw, as `Seen.table`.
        threads: How many; 0 for one per core.
    """
    places = np.full(len(paths), -1)
    if earlier is not None:
        places = earlier.index.get_indexer(paths.index)
        kept = earlier["file_md5"].array.take(places, allow_fill=True)
        places[~np.asarray((kept == md5s.array).fillna(False), dtype=bool)] = -1
    new = np.flatnonzero(places < 0)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        table = tabulate(list(pool.map(look, paths.iloc[new].tolist())), paths.index[new])
    if earlier is not None and len(new) < len(paths):
        places[new] = len(earlier) + np.arange(len(new))
        table = pd.concat([earlier[list(COLUMNS)], table]).iloc[places].set_axis(paths.index)
    return Seen(table.assign(file_md5=md5s), len(new))


def unchanged(
    now: pd.DataFrame, earlier: pd.DataFrame, columns: Sequence[str]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Tells which cases are what they were.

    Args:
        now: Cases of now, indexed by case.
        earlier: Those of an earlier ingestion, likewise.
        columns: Columns of text that make a case what it is.

    Returns:
        The place of each case of now in `earlier`, -1 if it was not there; and whether its columns are the
        same.
    """
    alike = earlier.index.equals(now.index)
    places = np.arange(len(now)) if alike else earlier.index.get_indexer(now.index)
    same = places >= 0
    for column in columns if same.any() else ():
        old, new = (table[column].fillna("").array for table in (earlier, now))
        same &= np.asarray((old if alike else old.take(np.maximum(places, 0))) == new, dtype=bool)
    return places, same


def hash_files(
    root: Path, files: Sequence[tuple[str, ...]], known: Mapping[str, str], threads: int
) -> list[str | None]:
    """Gives one hash per case for the bytes behind it.

    Args:
        root: Of the raw data.
        files: Of each case, below the root.
        known: Hashes by file, where somebody knows them: those files are not opened.
        threads: How many; 0 for one per core.

    Returns:
        The MD5 of a single file as DVC has it, else that of the lines `<md5>  <file>`; None where a
        case has no file, or one of them cannot be read.
    """
    missing = [name for names in files for name in names if name not in known]
    md5s: Mapping[str, str | None] = known
    if missing:
        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            md5s = {**known, **dict(zip(missing, pool.map(partial(_md5_of, root), missing), strict=True))}
    return [md5s[names[0]] if len(names) == 1 else _joined(names, md5s) for names in files]


def _joined(names: tuple[str, ...], known: Mapping[str, str | None]) -> str | None:
    md5s = [known[name] for name in names]
    if not names or None in md5s:
        return None
    lines = "".join(f"{md5}  {name}\n" for md5, name in zip(md5s, names, strict=True))
    return hashlib.md5(lines.encode(), usedforsecurity=False).hexdigest()


def _md5_of(root: Path, name: str) -> str | None:
    digest = hashlib.md5(usedforsecurity=False)
    try:
        if not (root / name).is_file():
            return None  # reading a pipe would wait for ever
        with (root / name).open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()
