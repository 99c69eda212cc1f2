"""The plan of a run: which stages there are, what each needs, and why it would run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["up-to-date", "changed", "waiting"]


@dataclass(frozen=True)
class FolderChange:
    """How the files of a folder, or one file, differ from what a stage last saw."""

    path: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many files differ."""
        return len(self.added) + len(self.removed) + len(self.modified)


@dataclass(frozen=True)
class Step:
    """One stage of a plan."""

    name: str
    needs: tuple[str, ...]
    """The stages of the plan whose outputs it reads."""

    state: State
    """Up to date; changed, and for `why`; or waiting for a stage that will run before it."""

    why: tuple[str, ...] = ()
    changes: tuple[FolderChange, ...] = ()
    outputs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    is_source: bool = False
    """It has no command: data under DVC."""


@dataclass(frozen=True)
class Plan:
    """The steps in the order in which `dvc repro` would take them."""

    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def to_do(self) -> tuple[Step, ...]:
        """The steps that are not known to be up to date."""
        return tuple(step for step in self.steps if step.state != "up-to-date")

    def position(self, name: str) -> int:
        """Gives the place of a stage in the order."""
        return next(place for place, step in enumerate(self.steps) if step.name == name)


def waiting_reason(running: Sequence[str]) -> str:
    """Says which stages a step waits for."""
    return f"upstream {', '.join(running[:3])}{', …' if len(running) > 3 else ''} runs first"


def group_of(stage: str) -> str:
    """Gives the name that the stages of one `foreach` or `matrix` share."""
    return stage.rsplit("@", 1)[0]
