from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.table import TableAdapter, TableOptions
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import picture, save, shared_data


def open_table(root: Path, text: str, **options: object) -> TableAdapter:
    (root / "cases.csv").write_text(text, encoding="utf-8")
    return TableAdapter(root, TableOptions.model_validate({"file": "cases.csv", **options}))


def test_rows_become_cases(tmp_path: Path) -> None:
    text = "image,dx,who,set,age,sex\nb,ill,p2,Test,61,f\na,,p1,train,,m\n"
    adapter = open_table(
        tmp_path, text, path="image", prefix="png/", suffix=".png", label="dx", patient="who", split="set",
        covariates=["age", "sex"],
    )  # fmt: skip
    first, second = adapter.cases()
    assert (first.case_id, first.label, first.patient_id, first.split) == ("png/a.png", None, "p1", "train")
    assert first.covariates == (("age", None), ("sex", "m"))
    assert (second.label, second.split, second.covariates[0]) == ("ill", "test", ("age", 61.0))


def test_identifiers_stay_as_written(tmp_path: Path) -> None:
    cases = open_table(tmp_path, "path,label,patient\na.png,01,007\n", patient="patient").cases()
    assert (cases[0].label, cases[0].patient_id) == ("01", "007")


def test_presence_of_a_value_can_be_the_label(tmp_path: Path) -> None:
    cases = open_table(tmp_path, "path,icu\na,3\nb,\n", label="icu", label_means="presence").cases()
    assert [case.label for case in cases] == ["yes", "no"]


def test_parquet_is_read_too(tmp_path: Path) -> None:
    pd.DataFrame({"path": ["a.png"], "label": ["x"]}).to_parquet(tmp_path / "cases.parquet")
    cases = TableAdapter(tmp_path, TableOptions(file="cases.parquet")).cases()
    assert (cases[0].path, cases[0].label) == ("a.png", "x")


def test_images_are_read_from_the_archive(tmp_path: Path) -> None:
    file = save(picture(5), tmp_path / "x.png")
    with ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.write(file, "deep/a.png")
    adapter = open_table(tmp_path, "path,label\ndeep/a.png,x\n", archive="images.zip")
    np.testing.assert_array_equal(adapter.decode("deep/a.png").pixels, picture(5))
    with pytest.raises(UnreadableError, match="no such member"):
        adapter.decode("deep/b.png")


def test_a_damaged_archive_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "images.zip").write_bytes(b"PK not really")
    with pytest.raises(DataError, match="archive"):
        open_table(tmp_path, "path,label\na,x\n", archive="images.zip").decode("a")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("path,label\n../../etc/passwd,x\n", {}, "refused"),
        ("path,label\n/etc/passwd,x\n", {}, "refused"),
        ("path,lable\na,x\n", {}, "no column 'label'"),
        ("path,label\n,x\n", {}, "names no image"),
        ("path,label,set\na,x,holdout\n", {"split": "set"}, "name of no split"),
        ("", {}, "cannot be read"),
        ("path,label\na,x\n", {"file": "other.csv"}, "cannot be read"),
        ("path,label\na,x\n", {"file": "../cases.csv"}, "refused"),
        ('path,label\n"a,x\n', {}, "cannot be read"),
        ("path,label\nb,y,x.png,a\n", {}, "cannot be read"),
    ],
)
def test_bad_tables_are_data_errors(
    tmp_path: Path, text: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        open_table(tmp_path, text, **options).cases()


def test_an_unknown_column_is_answered_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_table(tmp_path, "path,lable\na,x\n").cases()
    assert caught.value.remedy == "did you mean 'lable'?"


def test_a_table_that_is_no_utf8_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_bytes(b"path,label\n\xff\xfe,x\n")
    with pytest.raises(DataError, match="cannot be read"):
        TableAdapter(tmp_path, TableOptions(file="cases.csv")).cases()


def test_mednist_is_read_from_its_zip() -> None:
    adapter = TableAdapter(shared_data("mednist"), TableOptions(file="manifest.csv", archive="mednist.zip"))
    cases = adapter.cases()
    assert len(cases) == 11791
    assert adapter.decode(cases[0].path).pixels.shape == (64, 64)
