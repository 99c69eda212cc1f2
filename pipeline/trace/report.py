"""What a trace tells: one report for people and one for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

By = Literal["patient", "case", "file"]
Effect = Literal["trained", "chosen", "tested", "compared", "excluded"]
EFFECTS: dict[Effect, str] = {
    "trained": "trained on it",
    "chosen": "stopped, selected or calibrated by it",
    "tested": "was only tested on it",
    "compared": "was compared with candidates that saw it",
    "excluded": "left it out",
}
"""How a model met a case, the gravest first, in words that follow the model."""
RETRAINED: tuple[Effect, ...] = ("trained", "chosen", "compared")
"""Where the weights, or the choice of them, depend on the case."""


@dataclass(frozen=True)
class Sighting:
    """The cases of one split of one domain."""

    domain: str
    split: str | None
    """Null where the cases were left out."""
    excluded_because: str | None
    effect: Effect | None
    """Null in the workspace's data of now."""
    cases: tuple[str, ...]
    contents: tuple[str, ...]
    """Hashes of what was decoded of them."""


@dataclass(frozen=True)
class ModelTrace:
    """A model that saw what is asked for."""

    identity: str
    version: int | None
    """In the registry; null for a model that was never promoted."""
    champion: bool
    name: str
    written_at: str
    effect: Effect
    """The gravest of its sightings."""
    sightings: tuple[Sighting, ...]
    stages: tuple[str, ...]
    """What a run without the cases would do again."""
    withdrawn: bool
    """Whether a patient or a case that it saw has been withdrawn."""


@dataclass(frozen=True)
class Unread:
    """Data of a model that could not be looked at."""

    identity: str | None
    """Null for the workspace's own."""
    domain: str
    manifest_sha256: str
    why: str


@dataclass(frozen=True)
class TraceReport:
    """Every model that saw it."""

    by: By
    matched: Literal["bytes", "path"] | None
    """How a file was found; null where no file was asked for, or nothing was found."""
    models: tuple[ModelTrace, ...]
    """The newest first."""
    present: tuple[Sighting, ...]
    """In the workspace's data of now."""
    retrain: tuple[str, ...]
    """Identities of the models that would have to be retrained without it."""
    unread: tuple[Unread, ...]
    inside: str | None = None
    """Domain whose raw data hold the file, though no case is that file."""
    left_out: tuple[str, ...] | None = None
    """Domains whose next ingestion leaves them out; null unless they were withdrawn by this very call."""


def to_json(report: TraceReport) -> str:
    """Writes a report as one JSON object on one line."""
    return json.dumps(asdict(report), ensure_ascii=False)
