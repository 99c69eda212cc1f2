"""What the log's entries say: one kind of detail for each kind of decision."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stages.contracts.artifact import Record
from stages.contracts.scores import Interval


class Comparison(Record):
    """Challenger against champion, on the same current test cases."""

    champion: str
    """Identity."""
    metric: str
    difference: Interval
    """Challenger minus champion, paired by resample."""
    challenger_score: Interval
    champion_score: Interval
    confidence: float
    resampled: Literal["patients", "near-duplicate groups"]
    test_cases: int
    test_groups: int
    cautions: tuple[str, ...] = ()
    """What makes the comparison less than even."""


class Judged(Record):
    """What the gate found, whatever it decided."""

    gate_sha256: str
    """Of the criteria, as the record has had them since before the run."""
    comparison: Comparison | None
    """Null where there was no champion."""
    failed: tuple[str, ...]
    """The criteria that were not met, each as a sentence."""


class Promoted(Record):
    """A model became champion."""

    kind: Literal["promoted"] = "promoted"
    version: int
    record_sha256: str
    """Of the record's file, as it was committed."""
    judged: Judged
    forced: str | None
    """Why it was promoted although the gate refused; null where it did not."""
    by: str
    """Whose decision it was: the user of git, or what runs on a schedule."""


class Refused(Record):
    """The gate refused a model; the champion stays."""

    kind: Literal["refused"] = "refused"
    judged: Judged
    by: str


class Kept(Record):
    """The champion stays, and nothing was judged."""

    kind: Literal["kept"] = "kept"
    reason: str
    by: str


class RolledBack(Record):
    """An earlier version is champion again."""

    kind: Literal["rolled_back"] = "rolled_back"
    version: int
    before: int
    """The version that was champion."""
    reason: str | None
    by: str


class Withdrawn(Record):
    """A patient withdrew, or a case was; the models that saw them are marked."""

    kind: Literal["withdrawn"] = "withdrawn"
    subject: Literal["patient", "case"]
    subject_sha256: str
    """Salted hash of the patient or the case, as in `ingest.<domain>.withdrawn`; never the identifier."""
    domains: tuple[str, ...]
    models: tuple[str, ...]
    """Identities of the models whose data held them in use."""
    reason: str | None
    by: str


class Retrained(Record):
    """A retraining made a model, without a decision about it yet."""

    kind: Literal["retrained"] = "retrained"
    trigger: str
    """What made it start: the schedule, or changed data."""
    by: str


Detail = Annotated[
    Promoted | Refused | Kept | RolledBack | Withdrawn | Retrained, Field(discriminator="kind")
]
