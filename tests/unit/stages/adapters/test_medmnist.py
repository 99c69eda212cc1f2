from pathlib import Path

import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.medmnist import MedmnistAdapter, MedmnistOptions
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import shared_data


def write_npz(root: Path, channels: int = 1, **changes: object) -> Path:
    shape = (4, 8, 8, 3) if channels == 3 else (4, 8, 8)
    arrays: dict[str, object] = {}
    for number, split in enumerate(("train", "val", "test")):
        arrays[f"{split}_images"] = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
        arrays[f"{split}_labels"] = np.array([[0], [1], [1], [2]], dtype=np.uint8)
    arrays |= changes
    file = root / "toy.npz"
    np.savez(file, **{name: value for name, value in arrays.items() if value is not None})  # type: ignore[arg-type]
    return file


@pytest.mark.parametrize("channels", [1, 3])
def test_cases_keep_their_splits_and_pixels(tmp_path: Path, channels: int) -> None:
    file = write_npz(tmp_path, channels)
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions())
    cases = {case.case_id: case for case in adapter.cases()}
    assert len(cases) == 12
    assert (cases["val/000003"].split, cases["val/000003"].label) == ("val", "2")
    np.testing.assert_array_equal(adapter.decode("val/000003").pixels, np.load(file)["val_images"][3])


def test_digits_get_their_names(tmp_path: Path) -> None:
    write_npz(tmp_path)
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions(classes=("well", "ill", "unclear")))
    assert adapter.facts.classes == ("well", "ill", "unclear")
    assert [case.label for case in adapter.cases() if case.split == "test"] == [
        "well",
        "ill",
        "ill",
        "unclear",
    ]


def test_without_names_the_digits_stand(tmp_path: Path) -> None:
    write_npz(tmp_path)
    assert MedmnistAdapter(tmp_path, MedmnistOptions()).facts.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"val_images": None}, "val_images"),
        ({"train_images": np.array([{"a": 1}, None, 1, 2], dtype=object)}, "pickle"),
        ({"train_images": np.zeros((4, 8, 8, 8), dtype=np.uint8)}, "shape"),
        ({"train_labels": np.zeros((4, 14), dtype=np.uint8)}, "one whole number"),
        ({"train_labels": np.zeros((4, 1))}, "one whole number"),
        ({"train_labels": np.zeros((3, 1), dtype=np.uint8)}, "one whole number"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    write_npz(tmp_path, **changes)
    with pytest.raises(DataError) as caught:
        MedmnistAdapter(tmp_path, MedmnistOptions())
    assert why in caught.value.why


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "toy.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match="layout"):
        MedmnistAdapter(tmp_path, MedmnistOptions())


def test_the_file_has_to_be_clear(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no single npz"):
        MedmnistAdapter(tmp_path, MedmnistOptions())
    write_npz(tmp_path)
    (tmp_path / "second.npz").write_bytes(b"")
    with pytest.raises(DataError, match="no single npz"):
        MedmnistAdapter(tmp_path, MedmnistOptions())
    assert MedmnistAdapter(tmp_path, MedmnistOptions(file="toy.npz")).cases()


@pytest.mark.parametrize("path", ["train/9", "holdout/0", "train/-1", "train"])
def test_an_unknown_position_is_unreadable(tmp_path: Path, path: str) -> None:
    write_npz(tmp_path)
    with pytest.raises(UnreadableError):
        MedmnistAdapter(tmp_path, MedmnistOptions()).decode(path)


def test_the_official_breastmnist_is_read() -> None:
    adapter = MedmnistAdapter(shared_data("breastmnist"), MedmnistOptions(classes=("malignant", "other")))
    assert len(adapter.cases()) == 780
