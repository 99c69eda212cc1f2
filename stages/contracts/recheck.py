"""What an audit has the stages' own code compute again, and what came of it."""

from __future__ import annotations

from typing import Any

from stages.contracts.artifact import Record


class DomainPlace(Record):
    """Ingested data beside the raw data that they are of."""

    name: str
    raw: str
    """The raw folder, or the pointer in place of one."""
    ingested: str
    md5s: dict[str, str]
    """Of raw files, by path below the raw folder, as far as they were hashed already."""


class TransferPlace(Record):
    """A transferred checkpoint with its ledger, beside its source."""

    source: str
    transferred: str


class EvaluationPlace(Record):
    """Test predictions, and what was computed from them."""

    selected: str
    prepared: str
    predictions: str
    metrics: str
    params: dict[str, Any]
    """Section `evaluate`, as it was recorded."""


class RecheckRequest(Record):
    """What to compute again."""

    domains: tuple[DomainPlace, ...] = ()
    transfers: tuple[TransferPlace, ...] = ()
    evaluation: EvaluationPlace | None = None
    contents: bool = False
    """Whether every raw case is decoded and its content hashed: as slow as ingestion."""


class Mismatch(Record):
    """One difference."""

    where: str
    """File and row, key or tensor."""
    why: str


class Answer(Record):
    """What came of one part."""

    compared: int
    """Values found to be as recorded."""
    differences: tuple[Mismatch, ...]
    unchecked: tuple[Mismatch, ...]
    """What is not here to be compared."""


class Recheck(Record):
    """What came of all parts."""

    manifests: Answer
    ledgers: Answer
    metrics: Answer
