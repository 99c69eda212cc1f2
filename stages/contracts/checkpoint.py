"""The JSON half of a checkpoint; its weights lie beside it as safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stages.contracts.artifact import Record
from stages.contracts.network import NetworkSpec, Normalisation, Scales

WEIGHTS = "checkpoint.safetensors"
RECORD = "checkpoint.json"

Origin = Literal["trained", "imported", "transferred", "finetuned"]


class Environment(Record):
    """What besides data, params and code decides the bits of the weights."""

    device: Literal["cpu", "cuda", "mps"]
    precision: Literal["fp32", "bf16"]
    threads: int
    processes: int = 1
    """That shared the training; their sums are rounded otherwise than those of one."""
    seed: int
    versions: dict[str, str]
    """Versions of the packages that compute."""


class Checkpoint(Record):
    """A network with weights: what it is, where it comes from, and the hash of its weights."""

    origin: Origin
    source: str
    """Name of the source whose backbone it has; for the scratch control only the architecture."""
    strategy: str | None = None
    """How it was fine-tuned; null before fine-tuning."""
    network: NetworkSpec
    normalisation: Normalisation | Scales
    parent_sha256: str | None = None
    """Hash of the weights that it started from; null where they were drawn at random."""
    weights_sha256: str
    """Hash of the safetensors file beside this record."""
    training_cases: int | None = None
    """Labelled cases that it was trained on, in its last training."""
    environment: Environment | None = None
    """Null where nothing was computed."""

    @staticmethod
    def weights_file(folder: Path) -> Path:
        """Names the weights of the checkpoint in a folder."""
        return folder / WEIGHTS
