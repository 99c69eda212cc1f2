"""Makes the table that checks of ingestion get: cases as listed, as examined, grouped and split."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stages.components.cases.examination import COLUMNS, Examination, tabulate


def examined(cases: int | list[str], **columns: Any) -> pd.DataFrame:
    """Gives cases in training, each a group of its own and all grey images of one size.

    Args:
        cases: Their names, or how many there are.
        columns: Values of other columns, one for all cases or one per case; unknown ones are covariates.
    """
    names = [f"{case:04d}.png" for case in range(cases)] if isinstance(cases, int) else cases
    image = Examination(content_sha256="0", shape="24x20", dtype="uint8", mean=100.0)
    table = tabulate([image] * len(names), pd.Index(names, name="case_id"))
    given = {"label": "a", "split": "train", "patient_id": None, "group_id": names} | columns
    table = table.assign(**given)
    return table.astype({name: kind for name, kind in COLUMNS.items() if name in columns})
