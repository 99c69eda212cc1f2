from pathlib import Path

import pytest

from stages.adapters.folder import FolderAdapter, FolderOptions
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import class_folders, picture, save


def test_the_folder_names_the_class(tmp_path: Path) -> None:
    cases = FolderAdapter(class_folders(tmp_path, 2), FolderOptions()).cases()
    assert [(case.case_id, case.label) for case in cases] == [
        ("no/000.png", "no"),
        ("no/001.png", "no"),
        ("yes/000.png", "yes"),
        ("yes/001.png", "yes"),
    ]


def test_deeper_folders_belong_to_the_class(tmp_path: Path) -> None:
    save(picture(1), tmp_path / "yes" / "ward" / "x.png")
    assert FolderAdapter(tmp_path, FolderOptions()).cases()[0].label == "yes"


def test_an_image_in_no_class_has_no_label_and_a_readme_is_no_case(tmp_path: Path) -> None:
    save(picture(1), tmp_path / "loose.png")
    (tmp_path / "README.md").write_text("about")
    cases = FolderAdapter(tmp_path, FolderOptions()).cases()
    assert [(case.case_id, case.label) for case in cases] == [("loose.png", None)]


def test_splits_are_taken_from_the_first_folder(tmp_path: Path) -> None:
    for split in ("train", "Validation", "testing"):
        save(picture(1), tmp_path / split / "yes" / "x.png")
    cases = FolderAdapter(tmp_path, FolderOptions(layout="split/class")).cases()
    assert sorted((case.split or "", case.label or "") for case in cases) == [
        ("test", "yes"),
        ("train", "yes"),
        ("val", "yes"),
    ]


def test_an_unknown_split_is_refused(tmp_path: Path) -> None:
    save(picture(1), tmp_path / "holdout" / "yes" / "x.png")
    with pytest.raises(DataError, match="'holdout' is the name of no split"):
        FolderAdapter(tmp_path, FolderOptions(layout="split/class")).cases()


def test_a_single_file_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        FolderAdapter(save(picture(1), tmp_path / "x.png"), FolderOptions()).cases()
