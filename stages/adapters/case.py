"""What every adapter of raw data offers: a list of cases, and the pixels of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from stages.contracts.feature import Feature
from stages.contracts.manifest import Split
from stages.contracts.params import Params
from stages.contracts.task import Task

Pixels = NDArray[np.generic]
Covariate = str | float | None


class UnreadableError(Exception):
    """A case cannot be used; the message says why. It becomes a finding, not the end of a run.

    Args:
        reason: Why, in a few words that follow "it cannot be used:".
        kind: Kind of the finding, one of `stages.components.findings.screening.FLAWS`.
    """

    def __init__(self, reason: str, kind: str = "unreadable") -> None:
        super().__init__(reason)
        self.kind = kind


class RawCase(NamedTuple):
    """A case as the raw data list it, before anybody has looked inside.

    Attributes:
        case_id: Unique within the domain, and the same as long as the raw data are.
        path: Where the case lies, for the adapter's own `decode`: below the raw root.
        label: As the adapter's `task` says: a class, classes joined by `LABEL_JOIN`, or a number in
            text; None where it is missing, and for masks, which `decode` gives.
        patient_id: None where the patient is not known.
        split: The split that the data give; None where they give none.
        covariates: Further facts, by name.
    """

    case_id: str
    path: str
    label: str | None
    patient_id: str | None = None
    split: Split | None = None
    covariates: tuple[tuple[str, Covariate], ...] = ()


@dataclass(frozen=True)
class Decoded:
    """The values of a case.

    Attributes:
        pixels: [height, width] or, where `colour`, [height, width, 3]; a volume [x, y, z] or, where
            `colour`, [x, y, z, 3]; or a record [features], float64 with NaN for what is missing. In the
            type in which they are stored.
        colour: Whether the last axis is red, green and blue.
        spacing: Millimetres per pixel along each spatial axis; None where the data do not say it.
        mask: A class number per pixel, of the spatial shape of `pixels`; None where there is none.
        misnamed: The real format, where the file's extension tells another one; else None.
        identifiers: Names of header fields, never their values, that identify a patient.
    """

    pixels: Pixels
    colour: bool = False
    spacing: tuple[float, ...] | None = None
    mask: Pixels | None = None
    misnamed: str | None = None
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawFacts:
    """What raw data say of all their cases.

    Attributes:
        task: What the labels are.
        classes: Names in the order of their indices; None where the sorted labels will do.
        features: The values of a record; empty for images.
        unmeasured: Names of those features that no record has a value of.
        given_splits: Whether the data come with splits.
    """

    task: Task = "classes"
    classes: tuple[str, ...] | None = None
    features: tuple[Feature, ...] = ()
    unmeasured: tuple[str, ...] = ()
    given_splits: bool = False


class Adapter(Protocol):
    """Raw data of one format, opened at their root; `decode` may be called from several threads."""

    @property
    def facts(self) -> RawFacts:
        """What is known of all cases."""

    def cases(self) -> Sequence[RawCase]:
        """Lists the cases, sorted, from names and tables alone: no image is opened for it.

        Raises:
            DataError: If the raw data are not of this format at all.
        """

    def files(self, path: str) -> tuple[str, ...]:
        """Names the raw files, below the root, whose bytes decide a case; none where it has no own."""

    def identity(self, path: str) -> str | None:
        """Gives the content hash of a case that has one without being decoded; else None."""

    def decode(self, path: str) -> Decoded:
        """Reads the values of a case.

        Raises:
            UnreadableError: If the case cannot be used.
            DataError: If the path leaves the raw root.
        """


class AdapterOptions(Params):
    """Options that every adapter has."""

    classes: tuple[str, ...] | None = None
    """Class names in the order of their indices; sorted labels by default."""

    @field_validator("classes")
    @classmethod
    def _named_once(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes and len(set(classes)) < len(classes):
            raise ValueError("a class is named twice")
        return classes
