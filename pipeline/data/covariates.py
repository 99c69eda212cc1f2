"""Says which covariates a network takes in beside each image, where `data use` is told of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stages.contracts.findings import covariate_named
from stages.contracts.inspection import Inspection

RECORDS = "tabular"
"""The format whose cases are records: their columns are what a network takes in anyway."""


@dataclass(frozen=True)
class Beside:
    """What a network takes in beside each image.

    Attributes:
        names: The covariates.
        said: What was decided on the user's behalf, one sentence each.
        present: What params say so far.
    """

    names: tuple[str, ...]
    said: tuple[str, ...]
    present: tuple[str, ...]

    def among(self, values: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Puts the covariates among the values of params, inside a new section where there is one.

        Args:
            values: By dotted key.
            key: Of the covariates.
        """
        section, _, name = key.rpartition(".")
        if not (self.names or self.present):
            return dict(values)
        if section in values:
            return {**values, section: {**values[section], name: list(self.names)}}
        return {**values, key: list(self.names)}


def covariates_beside(seen: Inspection, named: tuple[str, ...], present: tuple[str, ...]) -> Beside:
    """Chooses the covariates of the target's images.

    A column that tells the label alone is kept in the manifest, but not given to the network: that would
    make a confounder of the training data a part of the model without anybody having asked for it.

    Args:
        seen: What the data are.
        named: Columns that the user names now; none of them leaves everything as it is.
        present: What params say.
    """
    if not named or seen.format == RECORDS or seen.task in ("segmentation", "none"):
        return Beside(present, (), present)
    found = [finding.message for finding in seen.findings.findings if finding.kind == "confounder"]
    telling = [name for name in named if any(covariate_named(name) in message for message in found)]
    taken = tuple(name for name in named if name not in telling or name in present)
    said = [
        f"prepare.target.covariates: without {name}, which tells the label alone; name it there if it may"
        for name in telling
        if name not in taken
    ]
    if taken:
        said.append(f"prepare.target.covariates: the networks take {', '.join(taken)} beside each image")
    return Beside(taken, tuple(said), present)
