"""Lists the cases of raw data as a table, and refuses a list that cannot name its cases."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from stages.adapters.case import Adapter, RawCase
from stages.contracts.errors import DataError
from stages.contracts.manifest import COLUMNS


def list_cases(adapter: Adapter, domain: str) -> pd.DataFrame:
    """Lists the cases.

    Args:
        adapter: Opened raw data.
        domain: For the message.

    Returns:
        One row per case, sorted and indexed by `case_id`: path, label, patient_id and split as the
        data give them, and one column per covariate.

    Raises:
        DataError: If there is no case, two have the same name, or a covariate has a reserved name.
    """
    cases = sorted(adapter.cases(), key=lambda case: case.case_id)
    if not cases:
        raise _refused(domain, "there is no case", "nothing lies where the adapter looks", "put data there")
    for before, after in pairwise(cases):
        if before.case_id == after.case_id:
            where, remedy = f"{domain}: {after.case_id}", "list every case once"
            raise _refused(where, "two cases have the same name", "it is listed twice", remedy)
    reserved = sorted({name for name, _ in cases[0].covariates} & set(COLUMNS))
    if reserved:
        why = f"the manifest's own columns are {', '.join(COLUMNS)}"
        raise _refused(domain, f"a covariate cannot be called '{reserved[0]}'", why, "rename the column")
    return pd.DataFrame([_row(case) for case in cases]).set_index("case_id")


def _row(case: RawCase) -> dict[str, str | float | None]:
    given = {"patient_id": case.patient_id, "label": case.label, "split": case.split}
    return {"case_id": case.case_id, "path": case.path, **given, **dict(case.covariates)}


def _refused(where: str, what: str, why: str, remedy: str) -> DataError:
    return DataError(what, where=where, why=why, remedy=remedy)
