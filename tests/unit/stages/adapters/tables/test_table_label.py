from typing import Any

import pytest

from stages.adapters.tables.table_label import label_of
from stages.adapters.tables.table_options import TableOptions


def label(row: dict[str, str | None], **options: Any) -> str | None:
    return label_of(row, TableOptions(file="cases.csv", **options))  # type: ignore[arg-type]


def test_a_class_is_the_cell_as_it_stands() -> None:
    assert label({"label": "01"}) == "01"
    assert label({"label": None}) is None
    assert label({"label": "2"}, task="ordinal", classes=("1", "2")) == "2"


@pytest.mark.parametrize(
    ("cell", "text"), [("61", "61.0"), ("61.00", "61.0"), ("-1e3", "-1000.0"), ("0.1", "0.1"), (" 5 ", "5.0")]
)
def test_a_number_has_one_way_to_be_written(cell: str, text: str) -> None:
    assert label({"label": cell}, task="regression") == text


@pytest.mark.parametrize("cell", [None, "", "n/a", "3,5", "inf", "-inf", "nan", "=1+1", "0x10", "high"])
def test_what_is_no_finite_number_is_a_missing_label(cell: str | None) -> None:
    assert label({"label": cell}, task="regression") is None


@pytest.mark.parametrize(
    ("cells", "joined"),
    [
        (("1", "0", "yes"), "a|c"),
        (("TRUE", "True", "1.0"), "a|b|c"),
        (("0", "no", "False"), ""),
        (("1", None, "0"), "a"),
        ((None, None, None), None),
        (("1", "-1", "0"), None),
        (("1", "maybe", None), None),
    ],
)
def test_columns_are_joined_by_what_is_true(cells: tuple[str | None, ...], joined: str | None) -> None:
    row = dict(zip("cba", reversed(cells), strict=True))
    assert label(row, task="multilabel", label=("c", "b", "a")) == joined


@pytest.mark.parametrize(
    ("cell", "separator", "joined"),
    [("b|a", "|", "a|b"), ("b; a ;b;", ";", "a|b"), ("a", ";", "a"), (";", ";", ""), (None, "|", None)],
)
def test_classes_of_one_cell_are_joined_anew(cell: str | None, separator: str, joined: str | None) -> None:
    assert label({"label": cell}, task="multilabel", separator=separator) == joined


def test_presence_is_yes_or_no() -> None:
    assert label({"label": "3"}, label_means="presence") == "yes"
    assert label({"label": None}, label_means="presence") == "no"
