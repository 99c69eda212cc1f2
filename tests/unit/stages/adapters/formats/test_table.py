import os
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.formats.table import TableAdapter, recognise
from stages.adapters.tables.table_options import TableOptions
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import class_folders, picture, save, shared_data
from tests.unit.stages.volumes import save_volume, volume


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


def test_volumes_and_arrays_are_read_like_images(tmp_path: Path) -> None:
    save_volume(volume(1), tmp_path / "a.nii.gz")
    np.save(tmp_path / "b.npy", volume(2))
    adapter = open_table(tmp_path, "path,label\na.nii.gz,x\nb.npy,y\n")
    np.testing.assert_array_equal(adapter.decode("a.nii.gz").pixels, volume(1))
    np.testing.assert_array_equal(adapter.decode("b.npy").pixels, volume(2))


def test_a_table_of_a_header_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        open_table(tmp_path, "path,label\n").cases()


@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", '=HYPERLINK("x")'])
def test_a_formula_is_a_text_like_any_other(tmp_path: Path, formula: str) -> None:
    quoted = '"' + formula.replace('"', '""') + '"'
    adapter = open_table(tmp_path, f"path,label,note\n{quoted},{quoted},{quoted}\n", covariates=["note"])
    case = adapter.cases()[0]
    assert (case.path, case.label, case.covariates) == (formula, formula, (("note", formula),))
    with pytest.raises(UnreadableError, match="No such file"):
        adapter.decode(case.path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cases.csv")
    with pytest.raises(DataError, match="cannot be read"):
        TableAdapter(tmp_path, TableOptions(file="cases.csv")).cases()


@pytest.mark.parametrize("values", [[[1, 2]], [{"a": 1}]], ids=["list", "struct"])
def test_a_parquet_table_of_nested_cells_is_text(tmp_path: Path, values: list[object]) -> None:
    pd.DataFrame({"path": ["a.png"], "label": values}).to_parquet(tmp_path / "cases.parquet")
    assert TableAdapter(tmp_path, TableOptions(file="cases.parquet")).cases()[0].path == "a.png"


def masks(root: Path, text: str, **options: object) -> TableAdapter:
    save(picture(1), root / "a.png")
    save((picture(1) > 100).astype(np.uint8) * np.uint8(255), root / "masks" / "a.png")
    return open_table(root, text, mask="drawn", **options)


def test_a_mask_column_makes_it_segmentation(tmp_path: Path) -> None:
    adapter = masks(tmp_path, "path,drawn\na.png,masks/a.png\n", classes=["rest", "nodule"])
    assert (adapter.facts.task, adapter.facts.classes) == ("segmentation", ("rest", "nodule"))
    assert adapter.cases()[0].label is None
    assert adapter.files("a.png") == ("a.png", "masks/a.png")
    decoded = adapter.decode("a.png")
    np.testing.assert_array_equal(decoded.pixels, picture(1))
    np.testing.assert_array_equal(decoded.mask, picture(1) > 100)


@pytest.mark.parametrize("cell", ["", "masks/gone.png"])
def test_a_row_without_a_mask_has_a_missing_mask(tmp_path: Path, cell: str) -> None:
    adapter = masks(tmp_path, f"path,drawn,age\na.png,{cell},1\n")
    adapter.cases()
    with pytest.raises(UnreadableError) as caught:
        adapter.decode("a.png")
    assert caught.value.kind == "missing-mask"


def test_a_mask_out_of_the_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="refused"):
        masks(tmp_path, "path,drawn\na.png,../a.png\n").cases()


def test_masks_are_read_from_the_archive_too(tmp_path: Path) -> None:
    masks(tmp_path, "path,drawn\na.png,m.png\nb.png,n.png\n")
    with ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.write(tmp_path / "a.png", "a.png")
        archive.write(tmp_path / "a.png", "b.png")
        archive.write(tmp_path / "masks" / "a.png", "m.png")
    adapter = TableAdapter(tmp_path, TableOptions(file="cases.csv", archive="images.zip", mask="drawn"))
    assert adapter.decode("a.png").mask is not None
    with pytest.raises(UnreadableError) as caught:
        adapter.decode("b.png")
    assert caught.value.kind == "missing-mask"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "segmentation"}, "needs 'mask'"),
        ({"task": "ordinal"}, "needs 'classes'"),
        ({"task": "regression", "classes": ["a"]}, "no 'classes'"),
        ({"task": "regression", "mask": "m"}, "'mask' makes it segmentation"),
        ({"label": ["a", "b"]}, "several label columns"),
        ({"label": []}, "at least 1"),
        ({"task": "multilabel", "separator": ""}, "at least 1"),
        ({"task": "multilabel", "label": ["a|b", "c"]}, "cannot be in the name"),
        ({"task": "multilabel", "label_means": "presence"}, "needs 'task: classes'"),
        ({"task": "guess"}, "task"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TableOptions.model_validate({"file": "cases.csv", **options})


def test_options_are_read_back_as_they_were_written() -> None:
    for options in (
        TableOptions(file="x.csv", mask="m"),
        TableOptions(file="x.csv", task="multilabel", label=("a", "b")),
    ):
        assert TableOptions.model_validate_json(options.model_dump_json()) == options


def test_one_table_beside_images_is_recognised(tmp_path: Path) -> None:
    assert recognise(shared_data("hannover_covid_cxr"))
    assert recognise(shared_data("mednist"))
    assert not recognise(shared_data("hippocampus"))
    assert not recognise(class_folders(tmp_path, 1))
    (tmp_path / "a.csv").write_text("path,label\n")
    assert recognise(tmp_path)
    (tmp_path / "b.csv").write_text("path,label\n")
    assert not recognise(tmp_path)


def test_a_table_alone_is_not_one_of_images(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("age,sex\n")
    assert not recognise(tmp_path)
