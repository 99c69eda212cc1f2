"""Reads the labels of a clinical table out of their column."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stages.adapters.tables.cells import Cells, plain
from stages.adapters.tables.tabular_options import TabularOptions


def read_labels(cells: Cells, options: TabularOptions) -> pd.Series[str]:
    """Gives the label of each row, null where it is missing.

    Returns:
        A class or a grade as it is written, but whole numbers without `.0`; `yes` or `no` where params
        ask for what is above something; in a regression a number in its shortest form, such as `3.0`.

    Raises:
        DataError: If it should be a number and is none, or is infinite.
    """
    present = cells.texts.notna().to_numpy()
    if options.above is None and options.task != "regression":
        return cells.texts.map({text: plain(text) for text in cells.texts.dropna().unique()})
    odd = present & ~np.isfinite(cells.numbers)
    if odd.any():
        raise cells.refused("the label is no finite number", "correct it, or list its text in `missing`", odd)
    if options.above is not None:
        texts = np.where(cells.numbers > options.above, "yes", "no").tolist()
    else:
        texts = [repr(number) for number in cells.numbers.tolist()]
    return pd.Series(texts, dtype="string").where(present)
