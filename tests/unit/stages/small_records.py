"""Small records and networks for tests of the training side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.components.networks.network import GraftNetwork, build_network
from stages.components.networks.normalisation import fit_input
from stages.contracts.description import describe_network
from stages.contracts.feature import Feature
from stages.contracts.network import NetworkParams, NetworkSpec
from stages.contracts.preparation import Preparation, PrepareParams
from stages.contracts.prepared import INDEX, PreparedCases

AGE = Feature(name="age", kind="number")
SMOKES = Feature(name="smokes", kind="boolean")
PAIN = Feature(name="pain", kind="category", values=("typical", "other", "none"))
STAGE = Feature(name="stage", kind="ordinal", values=("I", "II"))
FEATURES = (AGE, SMOKES, PAIN)
MLP: dict[str, Any] = {"name": "mlp", "width": 0.25}


def patient(seed: int, label: int, features: Sequence[Feature]) -> list[float]:
    """Draws the values of a record: the sick are older, and every tenth value is missing."""
    draws = np.random.default_rng(seed)
    drawn = {"age": 40 + 30 * label + draws.normal() * 5}
    values = [drawn.get(f.name, float(draws.integers(len(f.values) or 2))) for f in features]
    return [np.nan if draws.random() < 0.1 else value for value in values]


def records_of(counts: dict[str, int], features: Sequence[Feature] = FEATURES) -> PreparedCases:
    """Makes records in memory, half of them sick, `counts` by split."""
    splits = [split for split, count in counts.items() for _ in range(count)]
    rows = [
        (f"{n:04d}", f"g{n}", n % 2, ("no", "yes")[n % 2], split, 0, n, f"{n:064d}", None)
        for n, split in enumerate(splits)
    ]
    index = pd.DataFrame(rows, columns=list(INDEX)).astype(INDEX)
    preparation = Preparation(
        domain="target",
        adapter="tabular",
        classes=("no", "yes"),
        features=tuple(features),
        patients_known=True,
        params=PrepareParams(size=None),
    )
    values = [patient(n, n % 2, features) for n in range(len(splits))]
    return PreparedCases(index, np.array(values, np.float32), preparation)


def mlp_for(cases: PreparedCases, seed: int = 0, **params: Any) -> tuple[NetworkSpec, GraftNetwork]:
    """Builds a network for records, its input fitted to them."""
    spec = describe_network(NetworkParams.model_validate(MLP | params), cases.preparation)
    return spec, build_network(spec, fit_input(spec, cases.images), seed)
