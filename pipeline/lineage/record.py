"""The lineage record of a model version: from its weights to every byte and every command that made them.

Everything outside `observed` is deterministic: the same stages on the same bytes give the same record.
The JSON schema is published as docs/lineage.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from pipeline.lineage.lock import LockedStage
from stages.contracts.artifact import Record
from stages.contracts.checkpoint import Environment, Origin
from stages.contracts.findings import Severity
from stages.contracts.scores import Evaluation, Interval
from stages.contracts.task import Metric, Task

SCHEMA_VERSION: Literal[1] = 1
Sha256 = str


class WeightsLink(Record):
    """One checkpoint on the way from the model's weights back to where they began."""

    step: Literal["packaged", "finetuned", "transferred", "source"]
    path: str
    """Its folder below the workspace, with `/`."""
    origin: Origin
    source: str
    strategy: str | None
    seed: int | None
    """Null where nothing was drawn."""
    weights_sha256: Sha256
    parent_sha256: Sha256 | None
    """Of the link after it; null where the weights were drawn at random or came from outside."""
    training_cases: int | None
    training_domain: str | None
    """Domain whose training split it was trained on; null for imported weights and a mere transfer."""
    environment: Environment | None


class SplitCount(Record):
    """How much of a domain lies in one split."""

    cases: int
    groups: int
    """Patients, or clusters of near-duplicates where patients are unknown."""
    groups_sha256: Sha256
    """As in the domain's `splits.json`; never a name."""


class Quartiles(Record):
    """Where a value of the cases in use lies, rounded to six digits."""

    low: float
    """A quarter of the cases is below it."""
    median: float
    high: float
    """A quarter of the cases is above it."""


class DomainRecord(Record):
    """The data of one domain, by hashes and counts; no case and no patient is named."""

    name: str
    adapter: str
    task: Task
    classes: tuple[str, ...]
    patients_known: bool
    raw_path: str
    raw_md5: str
    """As DVC knows the raw data."""
    manifest_path: str
    manifest_sha256: Sha256
    splits: dict[str, SplitCount]
    excluded: dict[str, int]
    """Cases left out, by the kind of finding."""
    findings: dict[str, int]
    """Findings by severity."""
    counts: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Cases in use by split and class, as in the domain's `domain.json`; empty in early records."""
    intensities: dict[str, Quartiles] = Field(default_factory=dict)
    """Of the cases' `mean` and `deviation`; empty where cases have none, and in early records."""


class CodeRecord(Record):
    """Which code it was."""

    revision: str | None
    """Commit of the workspace; null where it is no git repository or has no commit."""
    dirty: tuple[str, ...]
    """What the stages read and the commit does not hold: code, dvc.yaml, raw data, sorted.

    Raw data are named by their folder or by DVC's pointer to them, never by a file in them.
    """
    version: str
    """Of medgraft."""


class Software(Record):
    """What besides data, params and code decides the bits."""

    python: str
    implementation: str
    machine: str
    """Architecture, as in `x86_64`."""
    cpu_features_sha256: Sha256 | None
    """Of the processor's sorted feature flags; null where the system does not tell them."""
    accelerators: tuple[str, ...] = ()
    """Name and driver of each; empty for none."""
    packages: dict[str, str]
    """Every installed distribution and its version."""
    settings: dict[str, str] = Field(default_factory=dict, exclude_if=lambda value: not value)
    """Environment variables that choose another arithmetic, such as `ATEN_CPU_CAPABILITY`, where set."""


class GateCriteria(Record):
    """What a challenger has to show, fixed before the run (FDA PCCP: protocol before modification)."""

    metric: Metric | None
    """Null for the metric of the verdict."""
    margin: float
    """Loss against the champion, in units of the metric, that the interval's worse end may reach."""
    confidence: float
    """Of the paired interval."""
    resamples: int
    """Bootstrap resamples of the paired interval, drawn by patient where patients are known."""
    refuse_negative_transfer: bool
    refuse_severity: Severity | None
    """An open finding of this severity or above refuses; null for none."""


class ModelFacts(Record):
    """The packaged model."""

    name: str
    path: str
    task: Task
    classes: tuple[str, ...]
    positive: str | None
    threshold: float | None
    temperature: float
    weights: dict[str, Sha256]
    """By path below the model's folder: every weights file, members of an ensemble included."""
    files_md5: str
    """Hash of the folder, as DVC knows it."""


class Observed(Record):
    """What no second run repeats: times and facts of the host."""

    written_at: str
    """UTC, ISO 8601."""
    started_at: str | None = None
    ended_at: str | None = None
    trigger: str | None = None
    """What made the run start, where it was no person."""
    stage_seconds: Mapping[str, float] = Field(default_factory=dict)
    """Of the stages that this run ran or restored."""
    cpu: str | None = None
    cores: int | None = None
    memory_gb: float | None = None


class LineageRecord(Record):
    """How one model came to be."""

    schema_version: Literal[1] = SCHEMA_VERSION
    identity: Sha256
    """SHA-256 of `made_by` and `model`, canonically written: the same making is the same version."""
    model: ModelFacts
    evaluation: Evaluation
    difference: Interval
    """Selected model minus scratch control in the metric of the verdict."""
    ancestry: tuple[WeightsLink, ...]
    """From the packaged weights backwards; of an ensemble, that of its best seed."""
    control: tuple[WeightsLink, ...] = ()
    """The same of the scratch control."""
    domains: tuple[DomainRecord, ...]
    """Sorted by name."""
    made_by: dict[str, LockedStage]
    """Every stage on the way, as dvc.lock records it: command, params, dependencies, outputs."""
    seeds: tuple[int, ...]
    code: CodeRecord
    software: Software
    gate: GateCriteria
    gate_sha256: Sha256 = Field(description="Of the criteria, canonically written.")
    observed: Observed
