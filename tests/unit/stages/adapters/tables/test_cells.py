from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.adapters.tables.cells import distinct, plain
from tests.unit.stages.raw_tables import cells


@pytest.mark.parametrize("text", ["1", "+5", "-2.", ".5", "1e5", "1.5E-3"])
def test_numbers_are_numbers(text: str) -> None:
    assert cells(text).numbers.tolist() == [float(text)]


@pytest.mark.parametrize("text", ["", "x", "1_000", "1,5", "0x10", "True", "-", "1e", "٣", "12 mg", "5 5"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert np.isnan(cells(text).numbers).all()
    assert cells(text).texts.tolist() == [text]


def test_infinity_is_a_number() -> None:
    assert cells("inf", "-Infinity", "1e999").numbers.tolist() == [np.inf, -np.inf, np.inf]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_beside_text(number: float) -> None:
    assert cells(repr(number)).numbers[0] == cells(repr(number), "x").numbers[0] == number


@pytest.mark.parametrize("text", [None, "NA", "N/A", "nan", "NaN", "null", "NULL"])
def test_blanks_are_missing_anywhere(text: str | None) -> None:
    found = cells(text, "5")
    assert found.texts.isna().tolist() == [True, False]
    np.testing.assert_array_equal(found.numbers, [np.nan, 5])


def test_none_is_a_text_like_any_other() -> None:
    assert cells("None", "none").texts.tolist() == ["None", "none"]


def test_what_params_call_missing_is_missing_in_any_spelling() -> None:
    found = cells("0", "0.0", "00", "?", "-9.00", "10", missing=("0", "?", "-9"))
    assert found.texts.isna().tolist() == [True] * 5 + [False]
    np.testing.assert_array_equal(found.numbers, [np.nan] * 5 + [10])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.0", "1"), ("1.", "1"), ("-2.000", "-2"), ("1.50", "1.50"), ("01", "01"), ("v1.0", "v1.0")],
)
def test_whole_numbers_have_one_spelling(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_numbers_come_by_value_and_before_words() -> None:
    assert distinct(pd.Series(["b", "10", "2.0", None, "a", "2", "-1"])) == ("-1", "2", "10", "a", "b")


def test_their_order_is_always_the_same() -> None:
    texts = ["NAN", "b", "3", "-nan", "1", "1_0"]
    for turned in range(len(texts)):
        found = distinct(pd.Series(texts[turned:] + texts[:turned]))
        assert found == ("1", "3", "-nan", "1_0", "NAN", "b")


def test_an_error_names_row_and_column_and_no_cell() -> None:
    error = cells("1", "Jane Doe").refused("a text", "correct it", np.array([False, True]))
    assert error.where == "heart.csv: column 'chol', row 2"
    assert "Jane" not in str(error)
