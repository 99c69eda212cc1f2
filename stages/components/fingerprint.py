"""Identifies what a piece of work does: its params, its code and the libraries it calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from importlib.metadata import distribution
from pathlib import Path


def fingerprint_of(facts: Sequence[str], code: Iterable[Path], libraries: Sequence[str]) -> str:
    """Gives a SHA-256 that changes with any of these.

    Args:
        facts: Params and whatever else decides the outcome, in text.
        code: Python files.
        libraries: Names of distributions.
    """
    files = [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(code)]
    versions = [f"{name} {_version(name)}" for name in libraries]
    return hashlib.sha256("\n".join([*facts, *files, *versions]).encode()).hexdigest()


def _version(library: str) -> str:
    """Gives what `importlib.metadata.version` does, which parses a library's whole description for it."""
    lines = (distribution(library).read_text("METADATA") or "").splitlines()
    return next(line.removeprefix("Version: ") for line in lines if line.startswith("Version: "))
