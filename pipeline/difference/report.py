"""What `medgraft diff` tells: one report for people and one for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from stages.contracts.scores import Interval


@dataclass(frozen=True)
class Change:
    """One value that differs; null where there is none."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class DomainChange:
    """How the data of a domain differ.

    Attributes:
        domain: Its name.
        added: Cases that only the later model's data hold, excluded ones included.
        removed: Cases that only the earlier model's data hold.
        modified: Cases with other pixels or values.
        moved: Cases in another split, or left out in one of the two.
        patients_added: How many patients only the later one's data hold.
        patients_removed: Likewise.
        unread: Why the data could not be compared case by case; None where they were.
    """

    domain: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    patients_added: int = 0
    patients_removed: int = 0
    unread: str | None = None


@dataclass(frozen=True)
class ScoreChange:
    """Both models on the test cases that they have in common.

    Attributes:
        cases: How many.
        groups: Patients, or groups of near-duplicates.
        before: Each metric of the earlier model.
        after: Each metric of the later one.
        difference: After minus before, paired.
    """

    cases: int
    groups: int
    before: dict[str, Interval]
    after: dict[str, Interval]
    difference: dict[str, Interval]


@dataclass(frozen=True)
class DiffReport:
    """How the model `after` differs from the model `before`.

    Attributes:
        before: Identity.
        after: Identity.
        data: Domains that differ.
        params: Params that differ, by dotted key.
        code: Modules that differ, with their hashes.
        environment: Python, packages and the machine.
        stages: Stages that only one of them ran.
        scores: None where they could not be compared.
        incomparable: Why not; None where they were.
    """

    before: str
    after: str
    data: tuple[DomainChange, ...]
    params: tuple[Change, ...]
    code: tuple[Change, ...]
    environment: tuple[Change, ...]
    stages: tuple[Change, ...]
    scores: ScoreChange | None
    incomparable: str | None

    def to_json(self) -> str:
        """Writes it as one JSON object on one line."""
        scores = None
        if self.scores:
            facts = {name: getattr(self.scores, name) for name in ("before", "after", "difference")}
            shown = {
                name: {key: one.model_dump() for key, one in part.items()} for name, part in facts.items()
            }
            scores = {"cases": self.scores.cases, "groups": self.scores.groups, **shown}
        return json.dumps({**asdict(self), "scores": scores}, ensure_ascii=False)
