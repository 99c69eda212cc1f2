"""Splits that stay: a pure function of a salted hash of the group (docs/adr/0003)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Self

from pydantic import Field, model_validator

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

    @model_validator(mode="after")
    def _leaves_some_to_train(self) -> Self:
        if self.val + self.test >= 1:
            raise ValueError("'val' and 'test' leave nothing to train on")
        return self

    @property
    def wanted(self) -> tuple[Split, ...]:
        """The splits that get a share."""
        shares = {"train": 1.0, "val": self.val, "test": self.test}
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
    return "val" if place >= 1 - params.val else "train"
