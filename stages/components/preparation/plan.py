"""Proposes how to prepare a domain from a fingerprint of its training cases, by rules with a reason each.

Size and spacing of an image: what exceeds its pixels would be invented, so the short side is the largest
multiple of 32 up to 224 (at which ImageNet's networks were trained) that the median case has; below 32 it
stays. The long side keeps the median aspect.

Size and spacing of a volume, after nnU-Net (Isensee et al. 2021, Nature Methods 18, 203-211): the median
spacing, and the median shape at it, rounded up to multiples of 8 or, above 64, of 16. Where that is more than
128 x 128 x 128 voxels, the spacing grows until it fits, as for nnU-Net's low resolution. Volumes without
spacing are scaled to the median shape. As there, a flat background is cut off first.

Intensity: Hounsfield units mean the same in every case, so CT, known by values far below water, gets one
window for all: the 0.5-99.5 percentiles of the middle training case, as nnU-Net clips CT. 8-bit images that
use their range are left alone. Everything else, such as MR with its arbitrary units, is scaled case by
case by its percentiles.

Type: 256 levels do for what is 8-bit or flat; deeper volumes keep 11 bits in float16.

Records are kept as they are.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from stages.components.preparation.plan_extent import Choices, plane_extent, volume_extent
from stages.components.preparation.training_facts import TrainingFacts, gather_facts
from stages.contracts.plan import Plan
from stages.contracts.preparation import PrepareParams

BROAD = 128
"""8-bit values that spread over fewer levels are worth scaling."""
HOUNSFIELD = -200
"""CT has a 0.5th percentile below it: fat and water lie above, lung and air below."""
AIR = -1024
"""What is lower in CT is the filling outside of the scanner's view."""
SHARD_BYTES = 32 << 20


def propose(table: pd.DataFrame, domain: str) -> Plan:
    """Makes a plan; the same cases give the same plan, and no other split has a say.

    Args:
        table: Training cases in use, with the columns of the examinations.
        domain: Name of the domain, for messages.

    Raises:
        DataError: If the cases do not allow for one, for the reason it gives.
    """
    facts = gather_facts(table, domain)
    choices = _of_records(facts) if facts.axes == 1 else _of_images(facts)
    values = {name: value for name, (value, _) in choices.items()}
    return Plan(prepare=PrepareParams(**values), why={name: why for name, (_, why) in choices.items()})


def _of_records(facts: TrainingFacts) -> Choices:
    return {
        "size": (None, f"the cases are records of {facts.shapes[0, 0]:.0f} values, not images"),
        "dtype": ("float32", "records are kept as they are"),
    }


def _of_images(facts: TrainingFacts) -> Choices:
    extent = plane_extent(facts) if facts.axes == 2 else volume_extent(facts)
    channels = 3 if facts.colour >= 0.5 else 1
    dtype = "float16" if facts.axes == 3 and facts.types != ("uint8",) else "uint8"
    bytes_of_case = math.prod(extent["size"][0]) * channels * np.dtype(dtype).itemsize
    shards = min(max(16, -(-len(facts.shapes) * bytes_of_case // SHARD_BYTES)), 10_000)
    stored = f"the values are {' and '.join(facts.types)}"
    return {
        **extent,
        "channels": (channels, f"{facts.colour:.0%} of the training cases are in colour"),
        **_intensity(facts),
        "dtype": (dtype, f"{stored}, and 256 levels {'do' if dtype == 'uint8' else 'are few for a volume'}"),
        "shards": (shards, f"a prepared case has {bytes_of_case} bytes, and a shard at most 32 MiB or so"),
    }


def _intensity(facts: TrainingFacts) -> Choices:
    low, high = facts.low, facts.high
    spread = f"the middle training case's 0.5-99.5 percentiles are {low:.4g} to {high:.4g}"
    if facts.types == ("uint8",) and high - low >= BROAD:
        return {"intensity": ("as_is", f"{spread}, of 8 bits: the range is used")}
    window = (float(max(round(low), AIR)), float(round(high)))
    if low < HOUNSFIELD and window[0] < window[1]:
        why = f"{spread}, as in CT, whose units mean the same in every case"
        return {
            "intensity": ("window", why),
            "window": (window, "these percentiles, at least air"),
        }
    return {"intensity": ("percentile", f"{spread}; each case is scaled by its own")}
