"""Splits that stay: a pure function of a salted hash of the group (docs/adr/0003)."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from stages.contracts.artifact import Record
from stages.contracts.manifest import SPLITS, Split
from stages.contracts.params import Params

Share = Annotated[float, Field(ge=0, lt=1)]


class SplitParams(Params):
    """How groups are spread over the splits, where the data do not say it."""

    val: Share = 0.2
    """Expected share of the groups for validation; 0 for none."""
    test: Share = 0.2
    """Expected share of the groups for the test; 0 for none."""
    salt: str = "medgraft"
    """Another salt gives another split of the same data."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cuts what is not in the test into so many folds, of which one is the validation; null for none."""
    fold: Annotated[int, Field(ge=0)] = 0
    """The fold that is the validation, where there are folds; `val` then says nothing."""

    @model_validator(mode="after")
    def _leaves_some_to_train(self) -> Self:
        if self.val + self.test >= 1:
            raise ValueError("'val' and 'test' leave nothing to train on")
        if self.folds is not None and self.fold >= self.folds:
            raise ValueError("'fold' counts from 0, so it is less than 'folds'")
        return self

    @property
    def wanted(self) -> tuple[Split, ...]:
        """The splits that get a share."""
        shares = {"train": 1.0, "val": 1.0 if self.folds else self.val, "test": self.test}
        return tuple(split for split in SPLITS if shares[split] > 0)


def salted(key: str, salt: str) -> str:
    """Gives the SHA-256 of a key under a salt, in hexadecimal; a key cannot run into the salt."""
    return hashlib.sha256(f"{len(salt)}:{salt}:{key}".encode()).hexdigest()


def assign_split(group: str, params: SplitParams) -> Split:
    """Gives the split of a group: it depends on the group's key, the salt and the shares alone.

    Args:
        group: Key of the group: a patient, or the smallest content hash of a cluster.
        params: The shares and the salt.
    """
    place = int(salted(group, params.salt)[:13], 16) / 16**13
    if place < params.test:
        return "test"
    if params.folds is not None:
        return "val" if assign_fold(group, params) == params.fold else "train"
    return "val" if place >= 1 - params.val else "train"


def assign_fold(group: str, params: SplitParams) -> int | None:
    """Gives the fold of a group, by other digits of its hash than the split; None where there are none."""
    return None if params.folds is None else int(salted(group, params.salt)[13:26], 16) % params.folds


class Part(Record):
    """One split, and the groups in it."""

    cases: int
    groups: int
    groups_sha256: str
    """Of the groups' names, sorted, one per line: whoever has the manifest can compute it again."""


class SplitRecord(Record):
    """The splits of a domain, and the proof that no group is in two of them."""

    unit: Literal["patient", "patient or cluster", "cluster"]
    """What is never torn: a patient, or a cluster of near-duplicates where patients are unknown."""
    given: bool
    """Whether the splits came with the data."""
    params: SplitParams
    parts: dict[str, Part]
    """By split."""
    shared: tuple[str, ...]
    """Names of the groups in more than one split; empty, or the splits are not disjoint."""


def record_splits(manifest: pd.DataFrame, params: SplitParams, *, given: bool) -> SplitRecord:
    """Makes the record of a manifest's splits; made again by an auditor, it must be the same."""
    used = manifest.loc[manifest["split"].notna(), ["split", "group_id"]]
    parts, seen = {}, Counter[str]()
    for name in SPLITS:
        groups = sorted(set(used.loc[used["split"] == name, "group_id"].tolist()))
        seen.update(groups)
        digest = hashlib.sha256("".join(f"{group}\n" for group in groups).encode()).hexdigest()
        count = int((used["split"] == name).sum())
        parts[name] = Part(cases=count, groups=len(groups), groups_sha256=digest)
    kinds = {group.startswith("patient-") for group in seen}
    unit = "patient or cluster" if len(kinds) > 1 else "patient" if True in kinds else "cluster"
    torn = tuple(sorted(group for group, splits in seen.items() if splits > 1))
    return SplitRecord(unit=unit, given=given, params=params, parts=parts, shared=torn)
