from __future__ import annotations

from typing import Any

import pytest

from stages.adapters.tables.tabular_label import read_labels
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.errors import DataError
from tests.unit.stages.raw_tables import cells


def labels(*texts: str | None, **options: Any) -> list[str | None]:
    found = read_labels(
        cells(*texts, missing=("?",)), TabularOptions.model_validate({"label": "chol", **options})
    )
    return found.astype(object).where(found.notna(), None).tolist()


@pytest.mark.parametrize(
    ("texts", "options", "expected"),
    [
        (["ill", None, "?", "01", "1.0", "2"], {}, ["ill", None, None, "01", "1", "2"]),
        (["0", "1", "4.0", None], {"above": 0}, ["no", "yes", "yes", None]),
        (["-0.5", "0.5"], {"above": -0.5}, ["no", "yes"]),
        (["151", "3.00", None, "1e2"], {"task": "regression"}, ["151.0", "3.0", None, "100.0"]),
        (["2", "10"], {"task": "ordinal"}, ["2", "10"]),
    ],
)
def test_labels_are_what_params_make_of_them(
    texts: list[str | None], options: dict[str, Any], expected: list[str | None]
) -> None:
    assert labels(*texts, **options) == expected


@pytest.mark.parametrize("options", [{"above": 0}, {"task": "regression"}])
@pytest.mark.parametrize("text", ["ill", "inf", "1,5"])
def test_a_label_that_should_be_a_number_and_is_none_is_refused(text: str, options: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        labels("1", "?", text, **options)
    assert caught.value.where == "heart.csv: column 'chol', row 3"
    assert text not in str(caught.value)
