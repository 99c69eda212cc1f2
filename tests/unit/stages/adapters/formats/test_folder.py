from pathlib import Path

import numpy as np
import pytest

from stages.adapters.formats.folder import FolderAdapter, FolderOptions, recognise
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import class_folders, picture, save, shared_data
from tests.unit.stages.volumes import save_volume, volume


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


def test_volumes_and_arrays_are_cases_like_images(tmp_path: Path) -> None:
    save_volume(volume(1), tmp_path / "yes" / "a.nii.gz", zooms=(1.0, 1.0, 3.0))
    save_volume(volume(2), tmp_path / "loose.nii.gz")
    np.save(tmp_path / "yes" / "b.npy", volume(3))
    adapter = FolderAdapter(tmp_path, FolderOptions())
    assert [(case.case_id, case.label) for case in adapter.cases()] == [
        ("loose.nii.gz", None),
        ("yes/a.nii.gz", "yes"),
        ("yes/b.npy", "yes"),
    ]
    decoded = adapter.decode("yes/a.nii.gz")
    np.testing.assert_array_equal(decoded.pixels, volume(1))
    assert decoded.spacing == (1.0, 1.0, 3.0)
    np.testing.assert_array_equal(adapter.decode("yes/b.npy").pixels, volume(3))


def test_a_folder_called_like_an_image_belongs_to_the_class(tmp_path: Path) -> None:
    save(picture(1), tmp_path / "yes" / "x.png" / "y.png")
    assert [case.case_id for case in FolderAdapter(tmp_path, FolderOptions()).cases()] == ["yes/x.png/y.png"]


def test_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    outside = save(picture(1), tmp_path / "outside.png")
    (tmp_path / "raw" / "yes").mkdir(parents=True)
    (tmp_path / "raw" / "yes" / "x.png").symlink_to(outside)
    with pytest.raises(DataError, match="refused"):
        FolderAdapter(tmp_path / "raw", FolderOptions()).cases()


def test_folders_of_images_are_recognised(tmp_path: Path) -> None:
    assert recognise(class_folders(tmp_path / "two", 1))
    assert not recognise(class_folders(tmp_path / "one", 1, classes=("no",)))
    assert not recognise(save(picture(1), tmp_path / "x.png"))
    assert not recognise(shared_data("hannover_covid_cxr"))
    (tmp_path / "texts" / "a").mkdir(parents=True)
    (tmp_path / "texts" / "b").mkdir()
    assert not recognise(tmp_path / "texts")
