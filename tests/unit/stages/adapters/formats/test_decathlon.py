import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.formats.decathlon import DecathlonAdapter, DecathlonOptions, recognise
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import save, shared_data
from tests.unit.stages.volumes import save_volume, volume

MASK = (volume(1) % 3).astype(np.uint8)


def pairs(root: Path, *names: str, images: str = "imagesTr", labels: str = "labelsTr") -> Path:
    for number, name in enumerate(names):
        save_volume(volume(number), root / images / f"{name}.nii.gz", zooms=(1.0, 1.0, 2.0))
        save_volume(MASK, root / labels / f"{name}.nii.gz", zooms=(1.0, 1.0, 2.0))
    return root


def opened(root: Path, **options: Any) -> DecathlonAdapter:
    return DecathlonAdapter(root, DecathlonOptions(**options))


def described(root: Path, **values: Any) -> Path:
    (root / "dataset.json").write_text(json.dumps(values))
    return root


@pytest.mark.parametrize("folders", [("images", "labels"), ("imagesTr", "labelsTr")])
def test_images_and_masks_of_the_same_name_are_pairs(tmp_path: Path, folders: tuple[str, str]) -> None:
    adapter = opened(pairs(tmp_path, "b", "a", images=folders[0], labels=folders[1]))
    assert [case.case_id for case in adapter.cases()] == [f"{folders[0]}/{n}.nii.gz" for n in "ab"]
    path = adapter.cases()[1].path
    assert adapter.files(path) == (path, f"{folders[1]}/b.nii.gz")
    decoded = adapter.decode(path)
    np.testing.assert_array_equal(decoded.pixels, volume(0))
    np.testing.assert_array_equal(decoded.mask, MASK)
    assert decoded.spacing == (1.0, 1.0, 2.0)
    assert (adapter.facts.task, adapter.facts.classes, adapter.facts.given_splits) == (
        "segmentation",
        None,
        False,
    )
    assert recognise(tmp_path)


def test_names_agree_whatever_the_extension(tmp_path: Path) -> None:
    save_volume(volume(1), tmp_path / "images" / "a.nii")
    save_volume(MASK, tmp_path / "labels" / "a.nii.gz")
    assert opened(tmp_path).decode("images/a.nii").mask is not None


def test_pictures_are_pairs_too(tmp_path: Path) -> None:
    save(volume(1)[:, :, 0].astype(np.uint8), tmp_path / "images" / "a.png")
    save(MASK[:, :, 0], tmp_path / "labels" / "a.png")
    np.testing.assert_array_equal(opened(tmp_path).decode("images/a.png").mask, MASK[:, :, 0])


def test_images_without_masks_by_design_are_no_cases(tmp_path: Path) -> None:
    save_volume(volume(9), pairs(tmp_path, "a") / "imagesTs" / "t.nii.gz")
    assert len(opened(tmp_path).cases()) == 1


def test_an_image_without_a_mask_has_a_missing_mask(tmp_path: Path) -> None:
    save_volume(volume(9), pairs(tmp_path, "a") / "imagesTr" / "b.nii.gz")
    adapter = opened(tmp_path)
    assert adapter.files("imagesTr/b.nii.gz") == ("imagesTr/b.nii.gz",)
    with pytest.raises(UnreadableError) as caught:
        adapter.decode("imagesTr/b.nii.gz")
    assert caught.value.kind == "missing-mask"


def test_a_mask_without_an_image_is_an_unreadable_case(tmp_path: Path) -> None:
    (pairs(tmp_path, "a", "b") / "imagesTr" / "b.nii.gz").unlink()
    adapter = opened(tmp_path)
    assert [case.case_id for case in adapter.cases()] == ["imagesTr/a.nii.gz", "imagesTr/b.nii.gz"]
    with pytest.raises(UnreadableError, match="No such file"):
        adapter.decode("imagesTr/b.nii.gz")


def test_two_images_of_one_name_are_both_cases(tmp_path: Path) -> None:
    save_volume(volume(5), pairs(tmp_path, "a") / "imagesTr" / "a.nii")
    assert [case.case_id for case in opened(tmp_path).cases()] == ["imagesTr/a.nii", "imagesTr/a.nii.gz"]


def test_several_modalities_are_unreadable(tmp_path: Path) -> None:
    save_volume(np.stack([volume(1)] * 4, axis=-1), pairs(tmp_path, "a") / "imagesTr" / "a.nii.gz")
    with pytest.raises(UnreadableError, match=r"4 volumes \(modalities"):
        opened(tmp_path).decode("imagesTr/a.nii.gz")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ({"0": "background", "1": "Anterior", "2": "Posterior"}, ("background", "Anterior", "Posterior")),
        ({"background": 0, "liver": 1}, ("background", "liver")),
        ({"0": "background", "2": "tumour"}, ("background", "1", "tumour")),
        ({}, None),
    ],
)
def test_the_dataset_names_the_classes(
    tmp_path: Path, labels: dict[str, object], classes: tuple[str, ...] | None
) -> None:
    described(pairs(tmp_path, "a"), labels=labels, name="x", numTraining=1)
    assert opened(tmp_path).facts.classes == classes
    assert opened(tmp_path, classes=("a", "b")).facts.classes == ("a", "b")


def test_the_list_of_the_dataset_says_which_pairs_there_are(tmp_path: Path) -> None:
    pairs(tmp_path, "a", "b")
    listed = {"image": "./imagesTr/b.nii.gz", "label": "./labelsTr/a.nii.gz"}
    adapter = opened(described(tmp_path, training=[listed]))
    assert [case.case_id for case in adapter.cases()] == ["imagesTr/b.nii.gz"]
    assert adapter.files("imagesTr/b.nii.gz") == ("imagesTr/b.nii.gz", "labelsTr/a.nii.gz")


@pytest.mark.parametrize("key", ["image", "label"])
@pytest.mark.parametrize("path", ["../outside.nii.gz", "/etc/passwd"])
def test_a_listed_path_out_of_the_root_is_refused(tmp_path: Path, key: str, path: str) -> None:
    listed = {"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz", key: path}
    with pytest.raises(DataError, match="refused"):
        opened(described(pairs(tmp_path, "a"), training=[listed])).cases()


def test_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    outside = save_volume(MASK, tmp_path / "outside.nii.gz")
    root = pairs(tmp_path / "raw", "a")
    (root / "labelsTr" / "a.nii.gz").unlink()
    (root / "labelsTr" / "a.nii.gz").symlink_to(outside)
    with pytest.raises(DataError, match="refused"):
        opened(root).cases()


@pytest.mark.parametrize(
    "text",
    [
        "", "no json", "[]", '{"labels": 3}', '{"labels": {"0": ["x"]}}', '{"labels": {"4000000000": "x"}}',
        '{"labels": {"x": -1}}', '{"training": [{"image": "a"}]}', "[" * 100_000, '{"labels": "\xff"}',
    ],
)  # fmt: skip
def test_a_dataset_that_makes_no_sense_is_a_data_error(tmp_path: Path, text: str) -> None:
    (pairs(tmp_path, "a") / "dataset.json").write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=r"dataset\.json cannot be used"):
        opened(tmp_path)


def test_other_raw_data_are_a_data_error(tmp_path: Path) -> None:
    save_volume(volume(1), tmp_path / "a" / "x.nii")
    assert not recognise(tmp_path)
    with pytest.raises(DataError, match="layout of the Decathlon"):
        opened(tmp_path).cases()


def test_the_hippocampus_has_its_masks() -> None:
    root = shared_data("hippocampus")
    adapter = opened(root)
    cases = adapter.cases()
    assert len(cases) == 195
    for case in cases[::16]:
        decoded = adapter.decode(case.path)
        expected = nibabel.load(root / case.path.replace("images", "labels"))
        assert decoded.mask is not None
        assert decoded.mask.dtype == np.uint8
        np.testing.assert_array_equal(decoded.mask, expected.get_fdata())
        assert (decoded.pixels.shape, decoded.spacing) == (expected.shape, (1.0, 1.0, 1.0))
        assert set(np.unique(decoded.mask)) == {0, 1, 2}


def test_masks_stored_as_floats_are_class_numbers() -> None:
    root = shared_data("hippocampus")
    stored = {file.name: nibabel.load(file).get_data_dtype().kind for file in (root / "labels").iterdir()}
    floats = sorted(name for name, kind in stored.items() if kind == "f")
    assert len(floats) == 2
    for name in floats:
        mask = opened(root).decode(f"images/{name}").mask
        assert mask is not None
        assert (mask.dtype, set(np.unique(mask))) == (np.dtype(np.uint8), {0, 1, 2})
