"""Hashes files in threads, each file once however many names it has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

Algorithm = Literal["md5", "sha256"]
_CHUNK = 1 << 20


class Digests:
    """Digests by file; hashlib lets go of the interpreter's lock, so threads use all cores."""

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._known: dict[tuple[Algorithm, int, int], str | None] = {}

    def md5(self, file: Path) -> str | None:
        """Gives the MD5 of a file's bytes; None where there is no readable file."""
        return self._digest("md5", file)

    def sha256(self, file: Path) -> str | None:
        """Gives the SHA-256 of a file's bytes; None where there is no readable file."""
        return self._digest("sha256", file)

    def read(self, files: Iterable[Path], algorithm: Algorithm = "md5") -> None:
        """Hashes files ahead of the questions, the largest first so that no thread ends late."""
        sizes: dict[tuple[int, int], tuple[int, Path]] = {}
        for file in files:
            facts = _facts(file)
            if facts and (algorithm, facts.st_dev, facts.st_ino) not in self._known:
                sizes[facts.st_dev, facts.st_ino] = facts.st_size, file
        ordered = [file for _, file in sorted(sizes.values(), key=lambda one: -one[0])]
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(lambda file: self._digest(algorithm, file), ordered))

    def _digest(self, algorithm: Algorithm, file: Path) -> str | None:
        facts = _facts(file)
        if facts is None:
            return None
        key = algorithm, facts.st_dev, facts.st_ino
        if key not in self._known:
            self._known[key] = _hash(algorithm, file)
        return self._known[key]


def _facts(file: Path) -> os.stat_result | None:
    try:
        return file.stat() if file.is_file() else None  # reading a pipe would wait for ever
    except OSError:
        return None


def _hash(algorithm: Algorithm, file: Path) -> str | None:
    digest, buffer = hashlib.new(algorithm, usedforsecurity=False), bytearray(_CHUNK)
    view = memoryview(buffer)
    try:
        with file.open("rb", buffering=0) as stream:
            while count := stream.readinto(buffer):
                digest.update(view[:count])
    except OSError:
        return None
    return digest.hexdigest()
