"""docs/bad-input.md: what is said of each kind of bad input. Run it to write the file anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.stages.bad_input.catalogue import HEADINGS
from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.bad_input.outcome import Outcome

FILE = Path(__file__).parents[4] / "docs" / "bad-input.md"
REWRITE = "MEDGRAFT_REWRITE_BAD_INPUT"
_LONGEST = 240
_HEAD = """\
# Bad input

What `ingest` and `prepare` say of each kind of bad input that is tested. An error has four lines (what,
where, why, remedy) and an exit code; nothing is written, and an earlier output stays. After a finding the run
goes on with exit code 0 (with `stop_at: warning` a warning stops it, with 11): a warning usually leaves the
case out, a note only remarks on it. Where nothing is said, nothing is wrong. This file is written by
`python -m tests.unit.stages.bad_input.document`, from the outcomes of the tests, which compare it.
"""


def row(kind: Kind, outcome: Outcome) -> str:
    """Gives the line of the table for a kind."""
    cells = (kind.name, str(outcome.code), outcome.message, outcome.remedy)
    return "| " + " | ".join(_printable(cell) for cell in cells) + " |"


def _printable(cell: str) -> str:
    shown = cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]} ..."
    escaped = (sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown)
    return "".join(escaped).replace("|", "\\|")


def written() -> set[str]:
    """Gives the lines of the file."""
    return set(FILE.read_text(encoding="utf-8").splitlines())


def write(rows: dict[str, str]) -> None:
    """Writes the file: one table per heading."""
    parts = [_HEAD]
    for heading, kinds in HEADINGS.items():
        lines = [rows[kind.name] for kind in kinds]
        parts.append(
            "\n".join(
                [
                    f"## {heading}\n",
                    "| kind | exit code | what is said | remedy |",
                    "|---|---|---|---|",
                    *lines,
                    "",
                ]
            )
        )
    FILE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    test = Path(__file__).parents[1] / "test_bad_input.py"
    sys.exit(
        subprocess.call([sys.executable, "-m", "pytest", "-q", str(test)], env={**os.environ, REWRITE: "1"})
    )
