"""The transfer ledger: what happened to each tensor on the way from source to target."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record

Role = Literal["shared", "specific", "input"]
Action = Literal["moved", "adapted", "reinitialised", "dropped"]


class LedgerEntry(Record):
    """One tensor."""

    name: str
    """Name in the target network; in the source for a dropped tensor."""
    shape: tuple[int, ...]
    role: Role
    """`shared` (backbone), `specific` or `input`.

    Specific are the head, what takes covariates in, and a decoder where the source is a classifier.
    """
    action: Action
    reason: str
    sha256_before: str | None
    """Hash of the source's tensor; null where the source has none."""
    sha256_after: str | None
    """Hash of the target's tensor; null where it was dropped."""


class Ledger(Record):
    """All tensors of one transfer."""

    source: str
    entries: tuple[LedgerEntry, ...]
    backbone_parameters: int
    """Numbers in the target's shared tensors; those of a decoder count where the source has one too."""
    moved_parameters: int
    """Of those, the numbers that come from the source (moved or adapted)."""

    @property
    def coverage(self) -> float:
        """Moved share of the backbone's parameters, from 0 to 1."""
        return self.moved_parameters / self.backbone_parameters if self.backbone_parameters else 0.0

    @property
    def left_behind(self) -> tuple[LedgerEntry, ...]:
        """The shared tensors that should have come from the source and did not."""
        return tuple(e for e in self.entries if e.role == "shared" and e.action == "reinitialised")

    @property
    def specific(self) -> frozenset[str]:
        """Names of the target's tensors that no source could give: the head, and a decoder no source has."""
        return frozenset(e.name for e in self.entries if e.role == "specific" and e.action != "dropped")


class LayerChange(Record):
    """How far fine-tuning moved one layer: W_shared = W_source + dW."""

    layer: str
    role: Role
    parameters: int
    relative_change: float
    """Frobenius norm of dW divided by that of the weights it started from."""


class Changes(Record):
    """dW of every shared layer with weights, in the order of the network."""

    layers: tuple[LayerChange, ...]
