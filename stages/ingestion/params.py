"""Params of ingestion."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stages.adapters.opened import AnyOptions
from stages.contracts.params import Params
from stages.contracts.split import SplitParams
from stages.contracts.thumbnails import MOST
from stages.contracts.withdrawal import WithdrawnKey


class IngestParams(Params):
    """How a domain's raw data are read and split."""

    adapter: AnyOptions
    """Which adapter reads the raw data, and its options."""
    stop_at: Literal["warning", "severe"] = "severe"
    """Findings of this severity and above end the run."""
    min_cases_per_class: Annotated[int, Field(ge=1)] = 10
    """A class with fewer cases in use is a severe finding."""
    near_duplicate_bits: Annotated[int, Field(ge=0, le=16)] | None = 8
    """Near-duplicates differ in at most so many of 64 bits of a perceptual hash; null: equals only."""
    confounder_auc: Annotated[float, Field(gt=0.5, le=1)] = 0.8
    """A fact beside the image that alone tells a class with this area under the ROC curve is reported."""
    drift_p: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """Probability of a false alarm of drift against the earlier ingestion; it changes no artifact."""
    thumbnails: Annotated[int, Field(ge=0, le=MOST)] = MOST
    """Images of cases that findings name, drawn small for the report; 0 for none."""
    split: SplitParams = SplitParams()
    """How groups are spread, where the data give no splits."""
    withdrawn: tuple[WithdrawnKey, ...] = ()
    """Patients and cases that are not to be used any more; `medgraft trace --withdraw` adds them."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads that decode; 0 for one per core. Changes nothing but the time."""
