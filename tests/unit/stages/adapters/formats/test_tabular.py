from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.adapters.case import RawCase, UnreadableError
from stages.adapters.formats.tabular import TabularAdapter, recognise
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import shared_data
from tests.unit.stages.raw_tables import HEART, heart

TEXT = """who,age,sex,smokes,chol,set,num
p1,63,f,yes,233,train,0
p2,41,m,,0,Test,2
p1,,m,no,?,val,
"""
FEATURES = HEART.split(" ")[:-1]


def open_text(root: Path, text: str = TEXT, **options: Any) -> TabularAdapter:
    (root / "heart.csv").write_text(text, encoding="utf-8")
    return TabularAdapter(root, TabularOptions.model_validate({"label": "num", **options}))


def records(adapter: TabularAdapter) -> np.ndarray:
    return np.stack([adapter.decode(case.path).pixels for case in adapter.cases()])


def names(adapter: TabularAdapter) -> tuple[str, ...]:
    return tuple(feature.name for feature in adapter.facts.features)


def test_rows_become_records(tmp_path: Path) -> None:
    adapter = open_text(
        tmp_path, patient="who", split="set", missing=["?"], columns={"chol": {"missing": [0]}},
        covariates=["age", "sex"],
    )  # fmt: skip
    assert names(adapter) == ("age", "sex", "smokes", "chol")
    assert (adapter.facts.task, adapter.facts.classes, adapter.facts.given_splits) == ("classes", None, True)
    assert adapter.cases() == [
        RawCase("000001", "000001", "0", "p1", "train", (("age", 63.0), ("sex", "f"))),
        RawCase("000002", "000002", "2", "p2", "test", (("age", 41.0), ("sex", "m"))),
        RawCase("000003", "000003", None, "p1", "val", (("age", None), ("sex", "m"))),
    ]
    missing = np.nan
    expected = [[63, 0, 1, 233], [41, 1, missing, missing], [missing, 1, 0, missing]]
    np.testing.assert_array_equal(records(adapter), expected)
    assert adapter.decode("000001").pixels.dtype == np.float64


def test_the_kinds_that_were_found_are_to_be_seen(tmp_path: Path) -> None:
    adapter = open_text(tmp_path, drop=["who", "set"], missing=["?"])
    assert [(c.name, c.kind, c.values) for c in adapter.columns] == [
        ("age", "number", ()), ("sex", "category", ("f", "m")), ("smokes", "boolean", ()),
        ("chol", "number", ()),
    ]  # fmt: skip


def test_a_column_may_name_the_cases(tmp_path: Path) -> None:
    cases = open_text(tmp_path, "id,x,num\nb,1,0\na,2,1\n", id="id").cases()
    assert [(case.case_id, case.path) for case in cases] == [("b", "000001"), ("a", "000002")]


def test_grades_come_in_their_order(tmp_path: Path) -> None:
    text = "x,num\n1,10\n2,2\n3,\n4,9\n"
    assert open_text(tmp_path, text, task="ordinal").facts.classes == ("2", "9", "10")
    assert open_text(tmp_path, text, task="ordinal", classes=["10", "9", "2"]).facts.classes == (
        "10",
        "9",
        "2",
    )
    assert open_text(tmp_path, text, task="regression").facts.classes is None
    assert open_text(tmp_path, text, above=5).facts.classes == ("no", "yes")


def test_features_without_a_value_are_told(tmp_path: Path) -> None:
    adapter = open_text(tmp_path, "x,y,z,num\n1,,0,0\n2,NA,0,1\n", columns={"z": {"missing": [0]}})
    assert adapter.facts.unmeasured == ("y", "z")


def test_an_infinite_value_spoils_its_row_alone(tmp_path: Path) -> None:
    adapter = open_text(tmp_path, "x,y,num\n1,2,0\n1,-inf,0\n")
    assert adapter.decode("000001").pixels.tolist() == [1, 2]
    with pytest.raises(UnreadableError, match="column 'y' is infinite") as caught:
        adapter.decode("000002")
    assert caught.value.kind == "not-finite"


@pytest.mark.parametrize("path", ["000004", "000000", "-1", "x", ""])
def test_an_unknown_row_is_unreadable(tmp_path: Path, path: str) -> None:
    adapter = open_text(tmp_path, missing=["?"], drop=["who"])
    with pytest.raises(UnreadableError, match="no such row"):
        adapter.decode(path)


def test_a_record_is_nobody_elses(tmp_path: Path) -> None:
    adapter = open_text(tmp_path, "x,num\n1,0\n")
    adapter.decode("000001").pixels[0] = 9
    assert adapter.decode("000001").pixels[0] == 1


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"label": "nun"}, "did you mean 'num'?"),
        ({"columns": {"coll": {}}}, "did you mean 'chol'?"),
        ({"drop": ["whom"]}, "did you mean 'who'?"),
        ({"patient": "sexx"}, "did you mean 'sex'?"),
        ({"covariates": ["ages"]}, "did you mean 'age'?"),
    ],
)
def test_an_unknown_column_is_answered_with_a_suggestion(
    tmp_path: Path, options: dict[str, Any], remedy: str
) -> None:
    with pytest.raises(DataError, match="no column") as caught:
        open_text(tmp_path, **options)
    assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    ("text", "options", "what"),
    [
        ("num\n1\n", {}, "no features"),
        ("x,num\n1,1\n", {"drop": ["x"]}, "no features"),
        (",x,num\n0,1,1\n", {}, "no features"),
        ("x,num\n1,1\n1\n", {}, "cannot be read"),
        ("x,num\n1,1\n", {"file": "other.csv"}, "cannot be read"),
        ("x,num\n1,1\n", {"file": "../heart.csv"}, "refused"),
        ("x,num\n1,1\ntwo,1\n", {}, "as it is"),
        ("x,num\n1,1\n2,ill\n", {"task": "regression"}, "as it is"),
    ],
)
def test_bad_tables_are_data_errors(tmp_path: Path, text: str, options: dict[str, Any], what: str) -> None:
    with pytest.raises(DataError, match=what):
        open_text(tmp_path, text, **options)


def test_a_row_number_without_a_name_may_be_dropped(tmp_path: Path) -> None:
    assert names(open_text(tmp_path, ",x,num\n0,1,1\n", drop=[""])) == ("x",)


@pytest.mark.parametrize(
    ("options", "where"),
    [({"id": "sex"}, "column 'sex', row 2"), ({"split": "sex"}, "column 'sex'")],
)
def test_a_case_without_a_name_and_an_unknown_split_are_refused(
    tmp_path: Path, options: dict[str, Any], where: str
) -> None:
    adapter = open_text(tmp_path, "x,sex,num\n1,f,1\n2,,1\n", **options)
    with pytest.raises(DataError) as caught:
        adapter.cases()
    assert caught.value.where.endswith(where)


def test_a_lone_table_is_recognised(tmp_path: Path) -> None:
    assert not recognise(tmp_path)
    open_text(tmp_path, "x,num\n1,0\n")
    assert recognise(tmp_path)


@pytest.mark.parametrize(
    ("hospital", "rows", "disease", "cholesterol"),
    [("cleveland", 303, 139, 303), ("hungarian", 294, 106, 271), ("switzerland", 123, 115, 0)],
)
def test_three_hospitals_give_the_same_features(
    hospital: str, rows: int, disease: int, cholesterol: int
) -> None:
    adapter = TabularAdapter(shared_data("uci_heart"), TabularOptions.model_validate(heart(hospital)))
    assert [case.label for case in adapter.cases()].count("yes") == disease
    assert names(adapter) == tuple(FEATURES)
    values = records(adapter)
    assert values.shape == (rows, 13)
    assert np.isfinite(values[:, FEATURES.index("chol")]).sum() == cholesterol
    assert set(values[:, FEATURES.index("sex")]) == {0.0, 1.0}
    assert adapter.facts.unmeasured == (() if cholesterol else ("chol",))


def test_breast_cancer_is_read_as_scikit_learn_has_it(tmp_path: Path) -> None:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    data.frame.to_csv(tmp_path / "cancer.csv", index=False)
    adapter = TabularAdapter(tmp_path, TabularOptions.model_validate({"label": "target"}))
    np.testing.assert_array_equal(records(adapter), data.data)
    assert [case.label for case in adapter.cases()] == data.target.astype(str).tolist()


def test_diabetes_is_a_regression(tmp_path: Path) -> None:
    from sklearn.datasets import load_diabetes

    data = load_diabetes(as_frame=True)
    data.frame.to_parquet(tmp_path / "diabetes.parquet")
    options = TabularOptions.model_validate({"label": "target", "task": "regression"})
    adapter = TabularAdapter(tmp_path, options)
    np.testing.assert_array_equal(records(adapter), data.data)
    assert [float(case.label or "") for case in adapter.cases()] == data.target.tolist()


def test_another_hospitals_columns_get_the_names_and_codes_of_this_one(tmp_path: Path) -> None:
    text = "serum,cp,num\n210,1.0,0\n?,atypical,1\n190,2,1\n"
    columns = {
        "serum": {"rename": "chol"},
        "cp": {"recode": {1: "typical", 2: "atypical"}, "values": ["typical", "atypical"]},
        "num": {"recode": {"0": "well", "1": "ill"}},
    }
    adapter = open_text(tmp_path, text, missing=["?"], columns=columns)
    assert names(adapter) == ("chol", "cp")
    np.testing.assert_array_equal(records(adapter), [[210, 0], [np.nan, 1], [190, 1]])
    assert [case.label for case in adapter.cases()] == ["well", "ill", "ill"]


def test_cells_may_be_recoded_to_numbers(tmp_path: Path) -> None:
    adapter = open_text(tmp_path, "x,num\nlow,0\n7,1\n", columns={"x": {"recode": {"low": 0}}})
    assert (adapter.columns[0].kind, records(adapter).tolist()) == ("number", [[0], [7]])


def test_two_features_cannot_have_one_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two features have one name"):
        open_text(tmp_path, "x,y,num\n1,2,0\n", columns={"x": {"rename": "y"}})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"num": {"rename": "y"}}, "is no feature"),
        ({"x": {"recode": {"1.0": "a"}, "missing": ["1"]}}, "both 'missing' and recoded"),
    ],
)
def test_what_cannot_be_renamed_or_recoded_is_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TabularOptions.model_validate({"label": "num", "columns": columns})
