import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.images import volume_file
from stages.adapters.images.volume_file import Volume, decode_volume, is_volume
from tests.unit.stages.raw_images import shared_data
from tests.unit.stages.volumes import header_of, save_volume, volume

VALUES = volume(1)


def decoded(file: Path) -> Volume:
    return decode_volume(file.read_bytes(), file.name)


def refused(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        decode_volume(data, "x.nii")


@pytest.mark.parametrize("name", ["x.nii", "x.nii.gz"])
def test_values_and_spacing_are_read(tmp_path: Path, name: str) -> None:
    file = save_volume(VALUES, tmp_path / name, zooms=(1.0, 1.5, 2.5))
    found = decoded(file)
    np.testing.assert_array_equal(found.pixels, VALUES)
    assert (found.pixels.dtype, found.colour, found.spacing) == (np.dtype("<i2"), False, (1.0, 1.5, 2.5))
    assert is_volume(file.read_bytes())


def test_version_two_is_read(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti2Image(VALUES, np.eye(4)), tmp_path / "x.nii")
    np.testing.assert_array_equal(decoded(tmp_path / "x.nii").pixels, VALUES)


@pytest.mark.parametrize("axes", ["RAS", "LPS", "PIR", "SLA"])
def test_every_orientation_ends_as_ras(tmp_path: Path, axes: str) -> None:
    upright = nibabel.Nifti1Image(VALUES, np.diag([1.0, 2.0, 3.0, 1.0]))
    turn = nibabel.orientations.ornt_transform(
        nibabel.orientations.axcodes2ornt("RAS"), nibabel.orientations.axcodes2ornt(axes)
    )
    turned = upright.as_reoriented(turn)
    nibabel.save(turned, tmp_path / "x.nii")
    found = decoded(tmp_path / "x.nii")
    np.testing.assert_array_equal(found.pixels, VALUES)
    assert found.pixels.flags.c_contiguous
    assert found.spacing == (1.0, 2.0, 3.0)
    np.testing.assert_allclose(found.affine, upright.affine)


def test_big_endian_values_are_the_same_case(tmp_path: Path) -> None:
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype("int16")
    image = nibabel.Nifti1Image(VALUES, np.eye(4), header)
    nibabel.save(image, tmp_path / "x.nii")
    assert (tmp_path / "x.nii").read_bytes()[:4] == b"\0\0\x01\x5c"
    found = decoded(tmp_path / "x.nii")
    assert found.pixels.dtype.str == "<i2"
    np.testing.assert_array_equal(found.pixels, VALUES)


def test_a_scaled_integer_is_a_float() -> None:
    data = header_of((1, 2, 1), scl_slope=0.5, scl_inter=-1.0) + np.array([4, 6], "<i2").tobytes()
    found = decode_volume(data, "x.nii")
    assert found.pixels.dtype == np.float32
    assert found.pixels.ravel().tolist() == [1.0, 2.0]


@pytest.mark.parametrize(("kind", "stored"), [("uint8", "|u1"), ("int32", "<i4"), ("float64", "<f4")])
def test_integers_keep_their_type_and_floats_are_single(tmp_path: Path, kind: str, stored: str) -> None:
    values = (VALUES // 4).astype(kind)
    found = decoded(save_volume(values, tmp_path / "x.nii")).pixels
    assert found.dtype.str == stored
    np.testing.assert_array_equal(found, values)


def test_nan_stays(tmp_path: Path) -> None:
    values = VALUES.astype(np.float32)
    values[0, 0, 0] = np.nan
    assert np.isnan(decoded(save_volume(values, tmp_path / "x.nii")).pixels[0, 0, 0])


def test_four_dimensions_of_one_volume_are_squeezed(tmp_path: Path) -> None:
    file = save_volume(VALUES[..., None], tmp_path / "x.nii")
    np.testing.assert_array_equal(decoded(file).pixels, VALUES)


def test_several_volumes_are_unreadable(tmp_path: Path) -> None:
    file = save_volume(np.stack([VALUES] * 4, axis=-1), tmp_path / "x.nii")
    refused(file.read_bytes(), "it holds 4 volumes")


def test_one_slice_is_a_volume(tmp_path: Path) -> None:
    found = decoded(save_volume(VALUES[:, :, 0], tmp_path / "x.nii"))
    assert found.pixels.shape == (9, 8, 1)


def test_microns_become_millimetres() -> None:
    data = header_of((1, 1, 1), xyzt_units=3, pixdim=[1, 500, 500, 1000, 1, 1, 1, 1]) + b"\1\0"
    assert decode_volume(data, "x.nii").spacing == (0.5, 0.5, 1.0)


def test_a_step_of_zero_is_no_spacing() -> None:
    data = header_of((1, 1, 1), pixdim=[1, 0, 1, 1, 1, 1, 1, 1], sform_code=1, srow_x=[1, 0, 0, 0],
                     srow_y=[0, 1, 0, 0], srow_z=[0, 0, 1, 0]) + b"\1\0"  # fmt: skip
    assert decode_volume(data, "x.nii").spacing is None


@pytest.mark.parametrize(
    ("name", "misnamed"),
    [("x.nii", None), ("X.NII", None), ("x.nii.gz", "NIfTI"), ("x.png", "NIfTI"), ("x", None)],
)
def test_the_extension_is_compared_with_the_content(name: str, misnamed: str | None) -> None:
    assert decode_volume(header_of((1, 1, 1)) + b"\1\0", name).misnamed == misnamed


def test_a_gzipped_file_without_gz_is_misnamed() -> None:
    data = gzip.compress(header_of((1, 1, 1)) + b"\1\0")
    assert decode_volume(data, "x.nii").misnamed == "gzipped NIfTI"
    assert decode_volume(data, "x.nii.gz").misnamed is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("shape", [(1024, 1024, 1024), (32767, 32767, 32767), (9, 8, 8)])
def test_a_claim_of_more_than_there_is_is_refused(pack: type[bytes], shape: tuple[int, ...]) -> None:
    refused(pack(header_of(shape) + VALUES.tobytes()), "header claims")


def test_gzipped_zeros_are_unpacked_up_to_the_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(header_of((100, 100, 100)) + bytes(2_000_000))
    monkeypatch.setattr(volume_file, "LARGEST", 1_000_000)
    refused(bomb, "header claims 2000352 bytes; at most 1000000 are read")


@pytest.mark.parametrize("cut", [4, 8, 40, 900])
def test_a_truncated_gzip_is_unreadable(tmp_path: Path, cut: int) -> None:
    data = save_volume(VALUES, tmp_path / "x.nii.gz").read_bytes()
    refused(data[:-cut], ".")


def test_a_damaged_gzip_is_unreadable(tmp_path: Path) -> None:
    data = bytearray(save_volume(VALUES, tmp_path / "x.nii.gz").read_bytes())
    data[len(data) // 2] ^= 0xFF
    refused(bytes(data), ".")


def test_gzip_of_anything_else_is_unreadable() -> None:
    refused(gzip.compress(b"\x89PNG\r\n\x1a\n" * 100), "no NIfTI header")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vox_offset": 0}, "begin at byte 0"),
        ({"vox_offset": -5000}, "begin at byte -5000"),
        ({"vox_offset": np.nan}, "."),
        ({"vox_offset": np.inf}, "."),
        ({"vox_offset": 3e38}, "header claims"),
        ({"dim": [3, -9, 8, 7, 1, 1, 1, 1]}, "claims the shape"),
        ({"dim": [0, 0, 0, 0, 0, 0, 0, 0]}, "claims the shape"),
        ({"dim": [99, 9, 8, 7, 1, 1, 1, 1]}, "."),
        ({"datatype": 77}, "."),
        ({"datatype": 32}, "complex64"),
        ({"datatype": 128}, "one real number per voxel"),
        ({"sform_code": 1, "srow_x": [np.nan] * 4}, "affine"),
        ({"sform_code": 1}, "."),
        ({"scl_slope": 2, "scl_inter": np.inf}, "."),
        ({"magic": b"ni1"}, "one half of a pair"),
    ],
)
def test_a_hostile_header_is_unreadable(fields: dict[str, object], message: str) -> None:
    refused(header_of((9, 8, 7), **fields) + VALUES.tobytes(), message)


def test_the_hippocampus_is_read() -> None:
    root = shared_data("hippocampus")
    found = decoded(root / "images" / "hippocampus_003.nii.gz")
    expected = nibabel.load(root / "images" / "hippocampus_003.nii.gz")
    np.testing.assert_array_equal(found.pixels, expected.get_fdata())
    assert found.spacing == (1.0, 1.0, 1.0)
