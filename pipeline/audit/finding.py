"""What an audit says: a line per check, and every difference by its name."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record

State = Literal["ok", "differs", "not checked"]


class Remark(Record):
    """A difference, or something that could not be checked."""

    where: str
    """The file, object, entry or key."""
    why: str


class Check(Record):
    """One line of an audit."""

    name: str
    state: State
    compared: int
    """How many things were found to be as recorded."""
    of: str
    """What these things are."""
    differences: tuple[Remark, ...] = ()
    unchecked: tuple[Remark, ...] = ()
    """What is not here, or was never recorded; it may or may not be as it was."""


class Tally:
    """Collects what one check finds."""

    def __init__(self, name: str, of: str) -> None:
        """Starts with nothing compared.

        Args:
            name: Of the check.
            of: What it compares, in the plural.
        """
        self._name, self._of, self._compared = name, of, 0
        self._differences: dict[Remark, None] = {}
        self._unchecked: dict[Remark, None] = {}

    def same(self, count: int = 1) -> None:
        """Notes things that are as recorded."""
        self._compared += count

    def differs(self, where: str, why: str) -> None:
        """Notes a difference."""
        self._differences[Remark(where=where, why=why)] = None

    def skip(self, where: str, why: str) -> None:
        """Notes what could not be checked."""
        self._unchecked[Remark(where=where, why=why)] = None

    def expect(self, where: str, found: object, recorded: object, what: str = "it") -> None:
        """Compares one thing.

        Args:
            where: Its place.
            found: What is there.
            recorded: What was recorded.
            what: Subject of the sentence that tells the difference.
        """
        if found == recorded:
            self.same()
        else:
            self.differs(where, f"{what} is {_short(found)}, recorded {_short(recorded)}")

    def check(self) -> Check:
        """Gives the line."""
        state: State = "differs" if self._differences else "not checked" if self._unchecked else "ok"
        return Check(
            name=self._name,
            state=state,
            compared=self._compared,
            of=self._of,
            differences=tuple(self._differences),
            unchecked=tuple(self._unchecked),
        )


def _short(value: object) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
