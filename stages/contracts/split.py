"""Splits that stay: a pure function of a salted hash of the group (docs/adr/0003)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import combinations
from math import ceil
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
    return salting(salt)(key)


def salting(salt: str) -> Callable[[str], str]:
    """Gives `salted` under one salt, for many keys."""
    start = hashlib.sha256(f"{len(salt)}:{salt}:".encode())

    def under_it(key: str) -> str:
        digest = start.copy()
        digest.update(key.encode())
        return digest.hexdigest()

    return under_it


def assign_split(group: str, params: SplitParams) -> Split:
    """Gives the split of a group: it depends on the group's key, the salt and the shares alone.

    Args:
        group: Key of the group: a patient, or the smallest content hash of a cluster.
        params: The shares and the salt.
    """
    return assign_splits([group], params)[group]


def assign_splits(groups: Iterable[str], params: SplitParams) -> dict[str, Split]:
    """Gives the split of each group, as `assign_split` does."""
    under_salt, test, val_from = salting(params.salt), _digits(params.test), _digits(1 - params.val)
    splits: dict[str, Split] = {}
    for group in groups:
        digest = under_salt(group)
        if digest < test:
            splits[group] = "test"
        elif params.folds is not None:
            splits[group] = "val" if _fold_of(digest, params.folds) == params.fold else "train"
        else:
            splits[group] = "val" if digest >= val_from else "train"
    return splits


def _digits(place: float) -> str:
    """Gives the first of the hashes from a place on, 0 to 1, which are compared as text: digit by digit.

    By 13 digits, the 52 bits that are a number without rounding; beyond the last hash it is no digit.
    """
    first = ceil(place * 16**13)
    return f"{first:013x}" if first < 16**13 else "g"


def assign_fold(group: str, params: SplitParams) -> int | None:
    """Gives the fold of a group, by other digits of its hash than the split; None where there are none."""
    return None if params.folds is None else _fold_of(salted(group, params.salt), params.folds)


def _fold_of(digest: str, folds: int) -> int:
    return int(digest[13:26], 16) % folds


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
    cases = {name: manifest.loc[manifest["split"] == name, "group_id"].tolist() for name in SPLITS}
    parts, groups = {}, {name: set(of) for name, of in cases.items()}
    kinds: set[bool] = set()
    for name in SPLITS:
        ordered = sorted(groups[name])
        digest = hashlib.sha256("\n".join([*ordered, ""]).encode()).hexdigest()
        parts[name] = Part(cases=len(cases[name]), groups=len(ordered), groups_sha256=digest)
        # Either kind has its own beginning, so that the first and the last name tell which there are.
        kinds |= {group.startswith("patient-") for group in (*ordered[:1], *ordered[-1:])}
    torn = set().union(*(groups[one] & groups[other] for one, other in combinations(SPLITS, 2)))
    unit = "patient or cluster" if len(kinds) > 1 else "patient" if True in kinds else "cluster"
    return SplitRecord(unit=unit, given=given, params=params, parts=parts, shared=tuple(sorted(torn)))
