"""What every adapter of raw data offers: a list of cases, and the pixels of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stages.contracts.manifest import Split
from stages.contracts.params import Params

Pixels = NDArray[np.generic]
Covariate = str | float | None


class UnreadableError(Exception):
    """A case cannot be decoded; the message says why. It becomes a finding, not the end of a run."""


@dataclass(frozen=True)
class RawCase:
    """A case as the raw data list it, before anybody has looked inside.

    Attributes:
        case_id: Unique within the domain, and the same as long as the raw data are.
        path: Where the case lies, for the adapter's own `decode`: below the raw root.
        label: Name of the class; None where it is missing.
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
        pixels: [height, width] grey or [height, width, 3] RGB, in the type in which they are stored.
        misnamed: The real format, where the file's extension tells another one; else None.
    """

    pixels: Pixels
    misnamed: str | None = None


class Adapter(Protocol):
    """Raw data of one format, opened at their root; `decode` may be called from several threads."""

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names in the order of their indices; None where the sorted labels will do."""

    @property
    def given_splits(self) -> bool:
        """Whether the data come with splits."""

    def cases(self) -> Sequence[RawCase]:
        """Lists the cases, sorted.

        Raises:
            DataError: If the raw data are not of this format at all.
        """

    def identity(self, path: str) -> str | None:
        """Gives the content hash of a case that has one without being decoded; else None."""

    def decode(self, path: str) -> Decoded:
        """Reads the values of a case.

        Raises:
            UnreadableError: If the case cannot be read.
            DataError: If the path leaves the raw root.
        """


class AdapterOptions(Params):
    """Options that every adapter has."""

    classes: tuple[str, ...] | None = None
    """Class names in the order of their indices; sorted labels by default."""
