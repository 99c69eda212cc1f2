from __future__ import annotations

import io
import shutil
import struct
import tracemalloc
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest
from numpy.lib import format as npy

from stages.adapters.raw import npz_file
from stages.adapters.raw.npz_file import NpzArray, NpzError


def npy_bytes(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    npy.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


def write(root: Path, member: bytes, compression: int = ZIP_STORED) -> Path:
    with ZipFile(root / "a.npz", "w", compression) as archive:
        archive.writestr("before.npy", npy_bytes(np.arange(7)))
        archive.writestr("x.npy", member)
    return root / "a.npz"


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2])
@pytest.mark.parametrize("kind", ["u1", "<i2", ">f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_values_are_those_that_were_saved(
    tmp_path: Path, compression: int, kind: str, order: str
) -> None:
    array = np.asarray(np.arange(60).reshape(5, 4, 3), dtype=kind, order=order)  # type: ignore[call-overload]
    found = NpzArray(write(tmp_path, npy_bytes(array), compression), "x")
    assert (found.shape, found.dtype) == (array.shape, array.dtype)
    np.testing.assert_array_equal(found.values, array)
    assert not found.values.flags.writeable


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_saves_is_read(tmp_path: Path, save: object) -> None:
    save(tmp_path / "a.npz", x=np.eye(3))  # type: ignore[operator]
    np.testing.assert_array_equal(NpzArray(tmp_path / "a.npz", "x").values, np.eye(3))


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED])
def test_the_values_are_not_in_memory(tmp_path: Path, compression: int) -> None:
    file = write(tmp_path, npy_bytes(np.zeros((100, 400, 400), dtype=np.uint8)), compression)
    tracemalloc.start()
    assert NpzArray(file, "x").values[99].sum() == 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 400 * 400 / 4


def test_a_member_is_unpacked_once_for_all_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted() -> IO[bytes]:
        made.append(1)
        return TemporaryFile()

    monkeypatch.setattr(npz_file, "TemporaryFile", counted)
    array = NpzArray(write(tmp_path, npy_bytes(np.arange(1000)), ZIP_DEFLATED), "x")
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda i: int(array.values[i]), range(1000))) == 499500
    assert made == [1]


def test_nothing_is_left_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    array = NpzArray(write(tmp_path / "raw", npy_bytes(np.arange(1000)), ZIP_DEFLATED), "x")
    assert array.values[3] == 3
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["a.npz"]


def test_an_empty_array_has_no_values(tmp_path: Path) -> None:
    assert NpzArray(write(tmp_path, npy_bytes(np.zeros((0, 28, 28)))), "x").values.shape == (0, 28, 28)


def claiming(shape: tuple[int, ...], data: bytes, kind: str = "|u1") -> bytes:
    stream = io.BytesIO()
    npy.write_array_header_1_0(stream, {"shape": shape, "fortran_order": False, "descr": kind})
    return stream.getvalue() + data


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (npy_bytes(np.array([{}, None], dtype=object)), "pickle"),
        (claiming((1 << 40, 28, 28), b"\0" * 100), "claims"),
        (claiming((2, 3), b"\0" * 7), "claims"),
        (claiming((-2, -3), b"\0" * 6), "claims"),
        (b"\x93NUMPY\x09\x00" + b"\0" * 100, "version"),
        (b"no array", "magic"),
        (b"", "EOF"),
        (npy_bytes(np.zeros(9))[:40], "EOF"),
        (b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10000, "."),
    ],
    ids=["pickle", "terabytes", "longer", "negative", "version", "text", "empty", "header", "nested"],
)
@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED])
def test_what_is_no_array_of_numbers_is_refused(
    tmp_path: Path, compression: int, member: bytes, why: str
) -> None:
    with pytest.raises(NpzError, match=why):
        NpzArray(write(tmp_path, member, compression), "x")


def test_a_missing_array_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NpzError, match=r"y\.npy"):
        NpzArray(write(tmp_path, npy_bytes(np.zeros(3))), "y")


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED])
def test_damaged_values_are_refused(tmp_path: Path, compression: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8)
    file = write(tmp_path, npy_bytes(noise), compression)
    with ZipFile(file) as archive:
        place = archive.getinfo("x.npy").header_offset + 3000
    data = bytearray(file.read_bytes())
    data[place] ^= 255
    file.write_bytes(data)
    array = NpzArray(file, "x")
    with pytest.raises(NpzError, match=r"CRC|decompress"):
        array.values  # noqa: B018


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    array = NpzArray(write(tmp_path, npy_bytes(np.zeros(1 << 20)), ZIP_DEFLATED), "x")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 23, 0, 1 << 23))
    with pytest.raises(NpzError, match="TMPDIR"):
        array.values  # noqa: B018


def test_a_size_in_the_directory_that_is_a_lie_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, npy_bytes(np.zeros(1 << 10)), ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 6000)
    file.write_bytes(data)
    with pytest.raises(NpzError, match="claims 8192 bytes"):
        NpzArray(file, "x")


def test_a_longer_size_than_is_packed_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, claiming((10_000,), b"\0" * 100), ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 128 + 10_000)
    file.write_bytes(data)
    with pytest.raises(NpzError):
        NpzArray(file, "x").values  # noqa: B018


def test_a_full_disk_is_no_fault_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    array = NpzArray(write(tmp_path, npy_bytes(np.zeros(9)), ZIP_DEFLATED), "x")
    monkeypatch.setattr(npz_file, "TemporaryFile", full)
    with pytest.raises(OSError, match="space"):
        array.values  # noqa: B018
