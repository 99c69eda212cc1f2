"""The seeds of a candidate as one model: the mean of what they say (Lakshminarayanan et al. 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.errors import DataError
from stages.contracts.predictions import COLUMNS, said_columns, said_of


def mean_probabilities(members: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Gives the mean of what the members say.

    Args:
        members: At least one array of shape (cases, classes) each, or (cases, 1) of numbers.

    Returns:
        The same shape.
    """
    mean: NDArray[np.float64] = np.stack(members).astype(np.float64).mean(axis=0)
    return mean


def ensemble(tables: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Gives the predictions of all seeds together, as one table.

    Args:
        tables: Predictions by seed, of the same cases in the same order.

    Raises:
        DataError: If the seeds predicted different cases, or classes of other names.
    """
    ordered = [tables[seed] for seed in sorted(tables)]
    first = ordered[0]
    facts = first[list(COLUMNS)]
    for table in ordered[1:]:
        if list(table.columns) != list(first.columns) or not table[list(COLUMNS)].equals(facts):
            raise DataError(
                "the seeds cannot be put together",
                where=f"predictions of the seeds {', '.join(map(str, sorted(tables)))}",
                why="they are of different cases or classes",
                remedy="run `medgraft run --force finetune`",
            )
    mean = mean_probabilities([said_of(table) for table in ordered])
    return facts.reset_index(drop=True).join(pd.DataFrame(mean, columns=said_columns(first)))
