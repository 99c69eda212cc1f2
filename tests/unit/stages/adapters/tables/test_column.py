from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from stages.adapters.tables.column import ColumnOptions, describe, encode
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature
from tests.unit.stages.raw_tables import cells


def coded(*texts: str | None, **options: Any) -> tuple[Feature, list[float]]:
    read = cells(*texts)
    column = describe(read, ColumnOptions.model_validate(options))
    return column, encode(read, column).tolist()


@pytest.mark.parametrize(
    ("texts", "kind", "values", "codes"),
    [
        (["1", "2.5", None], "number", (), [1, 2.5, np.nan]),
        (["0", "1", "1"], "number", (), [0, 1, 1]),
        ([None, None], "number", (), [np.nan, np.nan]),
        (["m", "f", None, "m"], "category", ("f", "m"), [1, 0, np.nan, 1]),
        (["m", "m"], "category", ("m",), [0, 0]),
        (["yes", "yes"], "boolean", (), [1, 1]),
        (["No", None, "YES"], "boolean", (), [0, np.nan, 1]),
        (["True", "false"], "boolean", (), [1, 0]),
        (["yes", "maybe"], "category", ("maybe", "yes"), [1, 0]),
        (["=1+1", "b"], "category", ("=1+1", "b"), [0, 1]),
    ],
)
def test_what_is_not_declared_follows_from_the_cells(
    texts: list[str | None], kind: str, values: tuple[str, ...], codes: list[float]
) -> None:
    column, found = coded(*texts)
    assert column == Feature.model_validate({"name": "chol", "kind": kind, "values": values})
    np.testing.assert_array_equal(found, codes)


@pytest.mark.parametrize(
    ("texts", "options", "codes"),
    [
        (["2", "10", "2.0"], {"kind": "category"}, [0, 1, 0]),
        (["1", "0", None], {"kind": "boolean"}, [1, 0, np.nan]),
        (["y", "F", "1.0"], {"kind": "boolean"}, [1, 0, 1]),
        (["high", "low"], {"kind": "ordinal", "values": ["low", "medium", "high"]}, [2, 0]),
        (["m", "m"], {"values": ["f", "m"]}, [1, 1]),
        (["1.0", "3"], {"values": [1, 2, 3.0]}, [0, 2]),
        (["a", "1"], {"kind": "category"}, [1, 0]),
        ([None, None], {"kind": "category"}, [np.nan, np.nan]),
        ([str(n) for n in range(200)], {"kind": "category"}, list(range(200))),
    ],
)
def test_what_is_declared_decides(texts: list[str], options: dict[str, Any], codes: list[float]) -> None:
    np.testing.assert_array_equal(coded(*texts, **options)[1], codes)


@pytest.mark.parametrize(
    ("texts", "options", "why", "row"),
    [
        (["1", "2", "12o"], {}, "text among numbers", ", row 3"),
        (["x", "2"], {"kind": "number"}, "not a number", ", row 1"),
        (["f", "x"], {"values": ["f", "m"]}, "not one of `values`", ", row 2"),
        (["yes", "x"], {"kind": "boolean"}, "not yes or no", ", row 2"),
        (["1990-02-01", "2001-12-24"], {}, "dates", ""),
        (["1.2.1990", "24.12.01", "unknown"], {}, "dates", ""),
        (["12/24/1990"], {}, "dates", ""),
        (["1990-02-01T10:00", "1-Feb-1990"], {}, "dates", ""),
        ([f"name {n}" for n in range(21)], {}, "21 different texts", ""),
        ([f"name {n % 101}" for n in range(1000)], {}, "101 different texts", ""),
    ],
)
def test_what_cannot_be_coded_is_refused(
    texts: list[str], options: dict[str, Any], why: str, row: str
) -> None:
    with pytest.raises(DataError) as caught:
        coded(*texts, **options)
    assert why in caught.value.why
    assert caught.value.where == f"heart.csv: column 'chol'{row}"


def test_many_rows_may_share_a_hundred_texts() -> None:
    assert coded(*(f"code {n % 100}" for n in range(1000)))[0].kind == "category"
    assert coded(*(f"code {n}" for n in range(20)))[0].kind == "category"


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "ordinal"},
        {"kind": "number", "values": ["1"]},
        {"kind": "boolean", "values": ["no", "yes"]},
        {"values": ["1", "1.0"]},
        {"kind": "date"},
        {"unit": "mg/dl"},
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ColumnOptions.model_validate(options)
