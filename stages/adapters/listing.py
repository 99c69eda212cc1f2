"""Lists the cases of raw data as a table, and refuses a list that cannot name its cases."""

from __future__ import annotations

from itertools import pairwise
from operator import attrgetter

import pandas as pd

from stages.adapters.case import Adapter, RawCase
from stages.contracts.errors import DataError
from stages.contracts.examinations import FACTS
from stages.contracts.manifest import COLUMNS, texts


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
    cases = sorted(adapter.cases(), key=attrgetter("case_id"))
    if not cases:
        raise _refused(domain, "there is no case", "nothing lies where the adapter looks", "put data there")
    given = dict(zip(RawCase._fields, zip(*cases, strict=True), strict=True))
    if len(set(given["case_id"])) < len(cases):
        twice = next(one for one, other in pairwise(given["case_id"]) if one == other)
        where, remedy = f"{domain}: {twice}", "list every case once"
        raise _refused(where, "two cases have the same name", "it is listed twice", remedy)
    own = {**COLUMNS, **FACTS}
    reserved = sorted({name for name, _ in cases[0].covariates} & set(own))
    if reserved:
        why = f"the columns of manifest and examinations are {', '.join(own)}"
        raise _refused(domain, f"a covariate cannot be called '{reserved[0]}'", why, "rename the column")
    # In the type of the manifest: an index of another one is not seen to be the same.
    names = pd.Index(texts(given["case_id"]), name="case_id")
    columns = {name: texts(given[name]) for name in ("path", "patient_id", "label", "split")}
    table = pd.DataFrame(columns, index=names)
    for place, (name, _) in enumerate(cases[0].covariates):
        table[name] = [case.covariates[place][1] for case in cases]
    return table


def _refused(where: str, what: str, why: str, remedy: str) -> DataError:
    return DataError(what, where=where, why=why, remedy=remedy)
