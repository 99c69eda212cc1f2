from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.adapters.choosing import detection
from stages.adapters.choosing.detection import detect, seen
from stages.contracts.errors import UsageError
from tests.unit.stages.raw_images import class_folders, picture, save, shared_data


def medmnist(root: Path) -> Path:
    root.mkdir(exist_ok=True)
    np.savez(root / "a.npz", train_images=np.zeros((1, 2, 2)), train_labels=np.zeros((1, 1)))
    return root


def table(root: Path, name: str = "cases.csv") -> Path:
    root.mkdir(exist_ok=True)
    save(picture(1), root / "a.png")
    frame = pd.DataFrame({"path": ["a.png"], "label": ["x"]})
    if name.endswith("parquet"):
        frame.to_parquet(root / name)
    else:
        frame.to_csv(root / name, index=False, sep="\t" if name.endswith("tsv") else ",")
    return root


def test_folders_of_images_are_classes(tmp_path: Path) -> None:
    assert detect(class_folders(tmp_path, cases=2)) == {"format": "folder"}


def test_folders_that_are_called_like_splits_hold_the_classes(tmp_path: Path) -> None:
    for split in ("train", "test"):
        class_folders(tmp_path / split, cases=1)
    assert detect(tmp_path) == {"format": "folder", "layout": "split/class"}


def test_an_npz_file_is_known_by_its_arrays(tmp_path: Path) -> None:
    assert detect(medmnist(tmp_path)) == detect(tmp_path / "a.npz") == {"format": "medmnist"}
    np.savez(tmp_path / "a.npz", other=np.zeros(1))
    with pytest.raises(UsageError):
        detect(tmp_path)


@pytest.mark.parametrize("name", ["cases.csv", "cases.tsv", "cases.parquet"])
def test_a_table_is_known_by_its_columns(tmp_path: Path, name: str) -> None:
    assert detect(table(tmp_path, name)) == {"format": "table"}


@pytest.mark.parametrize("columns", ["age,num", "path,label"])
def test_a_table_without_images_is_clinical(tmp_path: Path, columns: str) -> None:
    (tmp_path / "heart.csv").write_text(f"{columns}\n63,1\n")
    (tmp_path / "readme.md").write_text("x")
    assert detect(tmp_path) == detect(tmp_path / "heart.csv") == {"format": "tabular"}


def test_a_formula_is_known_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "formula.yaml").write_text("")
    assert detect(tmp_path) == {"format": "formula"}


def test_what_is_not_recognised_is_described(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    save(picture(1), tmp_path / "png" / "1.png")
    with pytest.raises(UsageError) as caught:
        detect(tmp_path)
    assert caught.value.why == "there are 1 .csv, 1 .png in png"
    assert "--format" in caught.value.remedy and "--labels" in caught.value.remedy


def test_data_that_several_adapters_recognise_are_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="several formats: table, folder"):
        detect(table(class_folders(tmp_path, cases=1)))


def test_images_beside_their_labels_are_no_classes(tmp_path: Path) -> None:
    class_folders(tmp_path, cases=1, classes=("images", "labels"))
    assert detect(tmp_path) == {"format": "decathlon"}


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npz"])
def test_hostile_files_are_not_recognised(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\x00PK\x03\x04" * 100)
    with pytest.raises(UsageError):
        detect(tmp_path)


def test_a_more_special_adapter_goes_before_the_one_that_yields_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "FORMATS", (*detection.FORMATS, ("decathlon", lambda _: True)))
    assert detect(class_folders(tmp_path, cases=1)) == {"format": "decathlon"}


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert seen(tmp_path) == "no files"


def test_the_first_folders_are_named(tmp_path: Path) -> None:
    for number in range(9):
        save(picture(number), tmp_path / f"{number}" / "x.nii.gz")
    assert seen(tmp_path) == "9 .nii.gz in 0, 1, 2, 3, 4, … (9)"


@pytest.mark.parametrize(("name", "found"), [("breastmnist", "medmnist"), ("mednist", "table")])
def test_shared_data_are_recognised(name: str, found: str) -> None:
    assert detect(shared_data(name)) == {"format": found}


def test_every_format_is_that_of_an_adapter() -> None:
    from stages.adapters.choosing.choice import OPTIONS

    needed = {"table": {"file": "x"}, "tabular": {"label": "x"}}
    names = [name for name, _ in detection.FORMATS]
    found = [OPTIONS.validate_python({"format": name, **needed.get(name, {})}) for name in names]
    assert [options.format for options in found] == names
