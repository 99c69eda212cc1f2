from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stages.adapters.formats.tabular import TabularAdapter
from stages.adapters.newcomers.new_records import read_new_records
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature

OPTIONS = TabularOptions.model_validate(
    {
        "label": "num",
        "id": "who",
        "missing": ["?"],
        "columns": {"serum": {"rename": "chol", "missing": [0]}, "pain": {"recode": {"A": "typical"}}},
    }
)
TRAINING = "who,serum,pain,num\np1,233,A,0\np2,0,other,1\n"


def features(root: Path) -> tuple[Feature, ...]:
    (root / "train").mkdir()
    (root / "train" / "t.csv").write_text(TRAINING)
    return TabularAdapter(root / "train", OPTIONS).columns


def read(root: Path, text: str) -> tuple[list[str], np.ndarray]:
    file = root / "new.csv"
    file.write_text(text)
    return read_new_records(file, OPTIONS, features(root))


def test_rows_are_read_as_those_of_training_in_any_order_of_columns(tmp_path: Path) -> None:
    names, values = read(tmp_path, "pain,more,serum,who\nA,x,0,n1\nother,y,5,n2\ntypical,z,?,n3\n")
    assert names == ["n1", "n2", "n3"]
    np.testing.assert_array_equal(values, [[np.nan, 1], [5, 0], [np.nan, 1]])


def test_a_single_value_does_not_make_another_code(tmp_path: Path) -> None:
    names, values = read(tmp_path, "serum,pain\n1,typical\n")
    assert (names, values.tolist()) == (["000001"], [[1, 1]])


@pytest.mark.parametrize("text", ["1,typical,\n3,other,\n", "pain,serum\ntypical,1\nother,3\n"])
def test_a_table_without_a_header_in_training_may_have_one(tmp_path: Path, text: str) -> None:
    header = {"header": False, "names": ("serum", "pain", "num"), "id": None}
    options = TabularOptions.model_validate(OPTIONS.model_dump() | header)
    (tmp_path / "new.csv").write_text(text)
    _, values = read_new_records(tmp_path / "new.csv", options, features(tmp_path))
    assert values.tolist() == [[1, 1], [3, 0]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("serum\n1\n", "there is no column pain"),
        ("serum,pain\n1,unheard of\n", "a cell is not one of `values`"),
        ("serum,pain\nhigh,A\n", "a cell is not a number"),
        ("serum,pain\n1e999,A\n", "it is infinite"),
    ],
)
def test_what_training_did_not_know_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert why in caught.value.why
    assert "unheard" not in str(caught.value)
