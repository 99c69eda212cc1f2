"""The first thing to read: the verdict in plain words, what was compared, and what to bear in mind."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.report.cautions import find_cautions
from pipeline.report.domains import DomainFacts
from pipeline.report.number import count
from pipeline.report.places import Places
from pipeline.report.scoreboard import Scoreboard, ScoreRow
from pipeline.report.wording import VerdictWords, metric_name, verdict_words
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import DataError
from stages.contracts.scores import Chosen, Selection


@dataclass(frozen=True)
class Contestant:
    """One of the two models that met on the test split."""

    chosen: Chosen
    checkpoint: Checkpoint

    @property
    def network(self) -> str:
        """Name of its network."""
        return self.checkpoint.network.params.name


@dataclass(frozen=True)
class Conclusion:
    """The verdict and what it rests on.

    Attributes:
        words: The verdict.
        decisive: Name of the metric whose paired interval decided.
        rows: AUROC first, then the deciding metric where it is another one.
        selected: The transferred model.
        scratch: The control.
        positive: The positive class of a task with two classes.
        classes: All classes.
        pool: Cases of the training split, used or not; None where the target's data are not there.
        tested_on: The test cases, in words.
        cautions: What the figures do not say.
    """

    words: VerdictWords
    decisive: str
    rows: tuple[ScoreRow, ...]
    selected: Contestant
    scratch: Contestant
    positive: str | None
    classes: tuple[str, ...]
    pool: int | None
    tested_on: str
    cautions: tuple[str, ...]


def conclude(places: Places, board: Scoreboard | None, domains: tuple[DomainFacts, ...]) -> Conclusion | None:
    """Draws the conclusion; None while the test split is not evaluated.

    Raises:
        DataError: If an artifact is damaged, or there are scores and no selection.
    """
    if board is None:
        return None
    selection = read_json(Selection, places.selected / "selection.json")
    selected = _contestant(places, "selected", selection.selected)
    scratch = _contestant(places, "scratch", selection.scratch)
    wanted = dict.fromkeys(("auroc", board.evaluation.verdict_metric))
    found = {row.metric: row for row in board.rows}
    if board.evaluation.verdict_metric not in found:
        raise DataError(
            "the test scores lack the metric that decides",
            where=str(places.metrics),
            why=f"there is no '{board.evaluation.verdict_metric}' among {', '.join(found)}",
            remedy="run `medgraft run --force evaluate`",
        )
    target = next((d for d in domains if d.name == "target"), None)
    return Conclusion(
        words=verdict_words(board.evaluation.verdict),
        decisive=metric_name(board.evaluation.verdict_metric),
        rows=tuple(found[metric] for metric in wanted if metric in found),
        selected=selected,
        scratch=scratch,
        positive=selection.positive,
        classes=selected.checkpoint.network.classes,
        pool=target.totals[0] if target and target.facts else None,
        tested_on=_tested_on(board),
        cautions=find_cautions(selected.checkpoint, scratch.checkpoint, board, selection, target),
    )


def _contestant(places: Places, role: str, chosen: Chosen) -> Contestant:
    return Contestant(chosen, read_json(Checkpoint, places.selected / role / str(chosen.seed) / RECORD))


def _tested_on(board: Scoreboard) -> str:
    evaluation = board.evaluation
    cases = f"{count(evaluation.test_cases)} test cases"
    if evaluation.test_patients is not None:
        return f"{cases} of {count(evaluation.test_patients)} patients"
    return f"{cases} in {count(evaluation.test_groups)} groups of near-duplicates (patients are unknown)"
