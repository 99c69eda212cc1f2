from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from stages.contracts.errors import DataError
from stages.contracts.streamed import StreamedRows

CASES, SIDE = 64, 64


@pytest.fixture
def rows(tmp_path: Path) -> tuple[StreamedRows, np.ndarray]:
    """64 cases of 16 kB in 4 shards, and the array that they make."""
    values = np.random.default_rng(0).random((CASES, 1, SIDE, SIDE), np.float32)
    numbers = np.arange(CASES)
    files = {shard: tmp_path / f"{shard}.safetensors" for shard in range(4)}
    for shard, file in files.items():
        save_file({"images": values[numbers % 4 == shard]}, file)
    streamed = StreamedRows("images", files, numbers % 4, numbers // 4, values.shape[1:], values.dtype)
    return streamed, values


@pytest.mark.parametrize(
    "cases", [np.array([5, 0, 63, 5]), np.arange(64)[::-1], np.array([], int), slice(3, 40), slice(60, 99)]
)
def test_rows_are_those_of_the_array_in_memory(
    rows: tuple[StreamedRows, np.ndarray], cases: np.ndarray | slice
) -> None:
    streamed, values = rows
    np.testing.assert_array_equal(streamed[cases], values[cases])
    np.testing.assert_array_equal(streamed.only(cases)[:], values[cases])


def test_it_says_how_large_it_is(rows: tuple[StreamedRows, np.ndarray]) -> None:
    streamed, values = rows
    assert (streamed.shape, streamed.nbytes, len(streamed)) == (values.shape, values.nbytes, CASES)


def test_a_pass_over_all_batches_holds_one_batch(rows: tuple[StreamedRows, np.ndarray]) -> None:
    streamed, values = rows
    tracemalloc.start()
    try:
        for start in range(0, CASES, 4):
            streamed[start : start + 4]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 4 * SIDE * SIDE * 4 < peak < values.nbytes / 4


def test_only_the_shards_that_are_asked_for_are_opened(rows: tuple[StreamedRows, np.ndarray]) -> None:
    streamed, values = rows
    streamed.files[1].unlink()
    np.testing.assert_array_equal(streamed[np.array([0, 2])], values[[0, 2]])
    with pytest.raises(DataError, match="shard") as caught:
        streamed[np.array([1])]
    assert caught.value.where == str(streamed.files[1])


def test_a_shard_without_the_tensor_is_named(rows: tuple[StreamedRows, np.ndarray]) -> None:
    streamed, values = rows
    save_file({"other": values[:16]}, streamed.files[0])
    with pytest.raises(DataError, match="shard"):
        streamed[:1]
