"""What was guessed of each source before fine-tuning, beside what its fine-tuned networks then scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.report.places import Places
from pipeline.report.wording import metric_name
from stages.contracts.artifact import read_json
from stages.contracts.hints import Hints
from stages.contracts.scores import Candidate, Selection
from stages.contracts.task import side_of


@dataclass(frozen=True)
class Guess:
    """One figure of a source.

    Attributes:
        value: None where it is not defined.
        rank: Its place among the sources, from 1; None where there is nothing to compare.
    """

    value: float | None
    rank: int | None


@dataclass(frozen=True)
class SourceRow:
    """One source: guesses, and what happened.

    Attributes:
        source: Its name.
        guesses: LogME, H-score and LEEP.
        best: Its best candidate that had its weights; None while nothing is selected.
        outcome: That candidate's validation score.
        control: The same network from random weights; None likewise.
    """

    source: str
    guesses: tuple[Guess, ...]
    best: Candidate | None
    outcome: Guess
    control: Candidate | None


@dataclass(frozen=True)
class Forecast:
    """The hints of all sources.

    Attributes:
        metric: Name of the validation score; None while nothing is selected.
        training_cases: Labelled cases that the guesses come from.
        rows: One per source, in the order of the grid.
    """

    metric: str | None
    training_cases: int
    rows: tuple[SourceRow, ...]


def read_forecast(places: Places) -> Forecast | None:
    """Reads hints and selection; None while no hint is computed.

    Raises:
        DataError: If an artifact is damaged.
    """
    files = {source: places.hints(source) for source in places.grid.sources}
    found = {source: read_json(Hints, file) for source, file in files.items() if file.is_file()}
    if not found:
        return None
    selection = None
    if places.selected.is_dir():
        selection = read_json(Selection, places.selected / "selection.json")
    best = {source: _best(selection, source, control=False) for source in found}
    columns = [
        _ranked([hints.logme for hints in found.values()]),
        _ranked([hints.h_score for hints in found.values()]),
        _ranked([hints.leep for hints in found.values()]),
    ]
    side = 1 if selection is None else side_of(selection.metric)
    outcomes = _ranked([None if one is None else one.mean for one in best.values()], side)
    rows = [
        SourceRow(source, guesses, best[source], outcome, _best(selection, source, control=True))
        for source, guesses, outcome in zip(found, zip(*columns, strict=True), outcomes, strict=True)
    ]
    return Forecast(
        metric=None if selection is None else metric_name(selection.metric),
        training_cases=max(hints.training_cases for hints in found.values()),
        rows=tuple(rows),
    )


def _best(selection: Selection | None, source: str, *, control: bool) -> Candidate | None:
    """Gives the source's best control, or its best candidate that is none."""
    if selection is None:
        return None
    scratch = selection.scratch.strategy
    own = (c for c in selection.candidates if c.source == source)
    return next((c for c in own if (c.control or c.strategy == scratch) == control), None)


def _ranked(values: Sequence[float | None], side: int = 1) -> list[Guess]:
    """Gives each value its place; side is -1 where less is better."""
    known = [side * value for value in values if value is not None]
    return [
        Guess(
            value,
            None if value is None or len(known) < 2 else 1 + sum(other > side * value for other in known),
        )
        for value in values
    ]
