from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.contracts.errors import DataError
from stages.contracts.features import FeaturesRecord, read_features, write_features

FEATURES = np.arange(12, dtype=np.float32).reshape(4, 3)


def written(folder: Path) -> Path:
    record = FeaturesRecord(weights_sha256="w", case_ids=("a", "b", "c", "d"))
    write_features(record, FEATURES, folder)
    return folder


def test_features_come_back_in_the_order_asked_for(tmp_path: Path) -> None:
    found = read_features(written(tmp_path), pd.Series(["d", "a"]), "w")
    np.testing.assert_array_equal(found, FEATURES[[3, 0]])


def test_features_of_another_backbone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_features(written(tmp_path), pd.Series(["a"]), "other")
    assert caught.value.why == "they were computed by another checkpoint"


def test_a_case_without_features_is_counted(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_features(written(tmp_path), pd.Series(["a", "x", "y"]), "w")
    assert caught.value.why == "they lack 2 of 3 cases"


@pytest.mark.parametrize("data", [None, b"", b"\x10" * 40])
def test_damaged_features_are_refused(tmp_path: Path, data: bytes | None) -> None:
    file = written(tmp_path) / "features.safetensors"
    file.unlink() if data is None else file.write_bytes(data)
    with pytest.raises(DataError, match="cannot be used"):
        read_features(tmp_path, pd.Series(["a"]), "w")
