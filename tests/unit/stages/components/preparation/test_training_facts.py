from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stages.components.preparation.training_facts import gather_facts
from stages.contracts.errors import DataError
from tests.unit.stages.examined import described, seen


def test_the_facts_are_those_of_the_middle_case() -> None:
    cases = [np.array([[0, 0], [0, top]], np.float32) for top in (9, 1000, 30)]
    facts = gather_facts(seen(*cases, spacing=[(1, 2), None]), "target")
    assert facts.high == pytest.approx(30 * 0.985)
    assert (facts.axes, facts.colour, facts.types, facts.flat) == (2, 0.0, ("float32",), 1.0)
    np.testing.assert_array_equal(facts.spacings, [[1, 2], [np.nan, np.nan], [1, 2]])


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (described("8x8").head(0), "no case is in training"),
        (described("8x8").assign(shape=pd.Series([pd.NA] * 3)), "its cases are generated"),
        (pd.concat([described("8x8"), described("8x8x8")]), "cases of 2 and 3 axes"),
        (described("8x8x8x8"), "cases of 4 axes"),
    ],
)
def test_cases_without_a_plan_are_named(table: pd.DataFrame, why: str) -> None:
    with pytest.raises(DataError, match="no plan") as caught:
        gather_facts(table, "target")
    assert why in caught.value.why
