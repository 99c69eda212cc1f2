from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.formats import medmnist_file
from stages.adapters.formats.medmnist import MedmnistAdapter, MedmnistOptions, recognise
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import save_arrays, shared_data


def write_npz(
    root: Path, channels: int = 1, save: Callable[..., None] = np.savez, /, **changes: object
) -> Path:
    shape = {1: (4, 8, 8), 3: (4, 8, 8, 3), 6: (4, 6, 7, 8)}[channels]
    arrays: dict[str, object] = {}
    for number, split in enumerate(("train", "val", "test")):
        arrays[f"{split}_images"] = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
        arrays[f"{split}_labels"] = np.array([[0], [1], [1], [2]], dtype=np.uint8)
    arrays |= changes
    kept = {name: value for name, value in arrays.items() if value is not None}
    return save_arrays(kept, root / "toy.npz", save)


@pytest.mark.parametrize("channels", [1, 3])
def test_cases_keep_their_splits_and_pixels(tmp_path: Path, channels: int) -> None:
    file = write_npz(tmp_path, channels)
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions())
    cases = {case.case_id: case for case in adapter.cases()}
    assert len(cases) == 12
    assert (cases["val/000003"].split, cases["val/000003"].label) == ("val", "2")
    np.testing.assert_array_equal(adapter.decode("val/000003").pixels, np.load(file)["val_images"][3])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_volumes_are_turned_to_x_y_z(tmp_path: Path, save: Callable[..., None]) -> None:
    file = write_npz(tmp_path, 6, save)
    decoded = MedmnistAdapter(tmp_path, MedmnistOptions()).decode("test/000002")
    assert (decoded.pixels.shape, decoded.colour) == ((8, 7, 6), False)
    np.testing.assert_array_equal(decoded.pixels[5, 3, 1], np.load(file)["test_images"][2, 1, 3, 5])


def test_grey_that_was_saved_as_colour_is_grey(tmp_path: Path) -> None:
    write_npz(
        tmp_path, 3, val_images=np.repeat(np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1), 3, axis=3)
    )
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions())
    assert (adapter.decode("val/000001").pixels.ndim, adapter.decode("val/000001").colour) == (2, False)
    assert (adapter.decode("test/000001").pixels.ndim, adapter.decode("test/000001").colour) == (3, True)


def test_values_are_little_endian(tmp_path: Path) -> None:
    images = np.arange(256, dtype=">u2").reshape(4, 8, 8)
    write_npz(tmp_path, val_images=images)
    pixels = MedmnistAdapter(tmp_path, MedmnistOptions()).decode("val/000001").pixels
    assert pixels.dtype.str == "<u2"
    np.testing.assert_array_equal(pixels, images[1])


def several(**changes: object) -> dict[str, object]:
    labels = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]], dtype=np.uint8)
    return {"train_labels": labels, "val_labels": labels, "test_labels": labels} | changes


def test_several_labels_are_joined_and_none_of_them_is_no_missing_label(tmp_path: Path) -> None:
    write_npz(tmp_path, **several())
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions(classes=("nodule", "mass", "effusion")))
    assert (adapter.facts.task, adapter.facts.classes) == ("multilabel", ("nodule", "mass", "effusion"))
    labels = [case.label for case in adapter.cases() if case.split == "train"]
    assert labels == ["effusion|nodule", "", "mass", "effusion|mass|nodule"]


def test_several_labels_without_names_are_numbered(tmp_path: Path) -> None:
    write_npz(tmp_path, **several())
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions())
    assert adapter.facts.classes == ("0", "1", "2")
    assert adapter.cases()[0].label == "0|2"


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c", "d"), ("a", "b", "c|d")])
def test_names_that_do_not_fit_several_labels_are_refused(tmp_path: Path, classes: tuple[str, ...]) -> None:
    write_npz(tmp_path, **several())
    with pytest.raises(DataError, match="classes do not fit"):
        MedmnistAdapter(tmp_path, MedmnistOptions(classes=classes))


def test_grades_are_ordinal_where_params_say_so(tmp_path: Path) -> None:
    write_npz(tmp_path)
    assert MedmnistAdapter(tmp_path, MedmnistOptions()).facts.task == "classes"
    assert MedmnistAdapter(tmp_path, MedmnistOptions(task="ordinal")).facts.task == "ordinal"


def test_a_split_may_be_empty(tmp_path: Path) -> None:
    empty = {"val_images": np.zeros((0, 8, 8), np.uint8), "val_labels": np.zeros((0, 1), np.uint8)}
    write_npz(tmp_path, **empty)
    assert len(MedmnistAdapter(tmp_path, MedmnistOptions()).cases()) == 8


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
        ({"train_labels": np.zeros((4, 0), dtype=np.uint8)}, "one whole number"),
        ({"train_labels": np.uint8(3)}, "one whole number"),
        ({"train_labels": np.full((4, 1), 1 << 40)}, "classes are counted"),
        (several(val_labels=np.full((4, 3), 2)), "0 and 1"),
        ({"train_images": np.zeros((4, 0, 8), dtype=np.uint8)}, "shape"),
        ({"train_images": np.zeros((4, 8), dtype=np.uint8)}, "shape"),
        ({"train_images": np.full((4, 8, 8), "a")}, "shape"),
        ({"train_images": np.zeros((4, 8, 8), dtype=complex)}, "shape"),
        ({"train_images": np.zeros((4, 9, 8), dtype=np.uint8)}, "shape"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    write_npz(tmp_path, **changes)
    with pytest.raises(DataError) as caught:
        MedmnistAdapter(tmp_path, MedmnistOptions())
    assert why in caught.value.why


def test_cases_too_large_for_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medmnist_file, "LARGEST_CASE", 63)
    write_npz(tmp_path)
    with pytest.raises(DataError) as caught:
        MedmnistAdapter(tmp_path, MedmnistOptions())
    assert "cases of 64 bytes" in caught.value.why


def test_damaged_images_are_a_data_error(tmp_path: Path) -> None:
    images = np.zeros((4, 64, 64), dtype=np.uint8)
    file = write_npz(tmp_path, train_images=images, val_images=images, test_images=images)
    data = bytearray(file.read_bytes())
    data[data.index(b"val_images.npy") + 10_000] ^= 255
    file.write_bytes(data)
    adapter = MedmnistAdapter(tmp_path, MedmnistOptions())
    with pytest.raises(DataError) as caught:
        adapter.decode("val/000000")
    assert "val_images: Bad CRC" in caught.value.why


def test_only_npz_files_of_this_layout_are_recognised(tmp_path: Path) -> None:
    assert not recognise(tmp_path)
    file = write_npz(tmp_path)
    assert recognise(tmp_path)
    assert recognise(file)
    np.savez(tmp_path / "toy.npz", x=np.zeros(3))
    assert not recognise(tmp_path)
    (tmp_path / "toy.npz").write_bytes(b"nothing")
    assert not recognise(tmp_path)
    assert not recognise(tmp_path / "absent")


def test_a_file_out_of_the_raw_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "toy.npz").symlink_to(write_npz(tmp_path))
    with pytest.raises(DataError, match="refused"):
        MedmnistAdapter(tmp_path / "raw", MedmnistOptions())


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


def test_the_official_pneumoniamnist_is_read() -> None:
    adapter = MedmnistAdapter(shared_data("pneumoniamnist"), MedmnistOptions(classes=("normal", "pneumonia")))
    counts = Counter((case.split, case.label) for case in adapter.cases())
    assert [counts[s, c] for s in ("train", "val", "test") for c in ("normal", "pneumonia")] == [
        1214, 3494, 135, 389, 234, 390,
    ]  # fmt: skip
    assert adapter.decode("train/004707").pixels.shape == (28, 28)
