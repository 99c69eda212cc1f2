from __future__ import annotations

import pandas as pd

from stages.components.findings.covariates import covariates, infinite, telling_nothing
from stages.contracts.examinations import FACTS
from stages.contracts.manifest import COLUMNS
from tests.unit.stages.checked_table import examined


def test_columns_of_the_manifest_and_of_the_examinations_are_no_covariates() -> None:
    every = pd.DataFrame(columns=[*COLUMNS, *FACTS, "sex", "age"])
    assert covariates(every) == ["age", "sex"]


def test_covariates_that_tell_something_are_no_finding() -> None:
    table = examined(3, age=[1.0, 2.0, None], sex=["f", None, "f"])
    assert [*telling_nothing(table), *infinite(table)] == []
    assert [*telling_nothing(examined(3)), *infinite(examined(3))] == []
    assert list(telling_nothing(examined(1, age=3.0))) == []


def test_empty_covariates_are_one_note() -> None:
    (found,) = telling_nothing(examined(3, age=float("nan"), weight=None, sex=["f", "m", "f"]))
    assert (found.kind, found.severity) == ("empty-covariate", "note")
    assert found.message == "2 covariates without any value: age, weight"


def test_a_constant_covariate_is_a_note() -> None:
    (found,) = telling_nothing(examined(3, site="A", age=[1.0, 2.0, 3.0]))
    assert (found.kind, found.severity) == ("constant-covariate", "note")
    assert found.message == "1 covariate of the same value in every case: site"


def test_a_long_list_of_names_is_cut() -> None:
    (found,) = telling_nothing(examined(3, **{f"c{number:02d}": None for number in range(12)}))
    assert found.message.endswith("c08, c09 and 2 more")


def test_infinite_values_are_counted_and_their_cases_named() -> None:
    table = examined(4, crp=[1.0, float("inf"), float("-inf"), None], ldh=[1.0, float("inf"), 2.0, 3.0])
    (found,) = infinite(table)
    assert (found.kind, found.severity) == ("infinite-covariate", "warning")
    assert found.message == "3 infinite values of covariates: crp (2), ldh (1)"
    assert found.cases == ("0001.png", "0002.png")
