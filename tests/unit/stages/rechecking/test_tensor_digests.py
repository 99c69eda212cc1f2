from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stages.components.networks.checkpoint import tensor_sha256
from stages.contracts.errors import DataError
from stages.rechecking.tensor_digests import tensor_digests


def test_tensors_of_every_kind_have_the_hash_that_a_ledger_holds(tmp_path: Path) -> None:
    kinds = (
        torch.float32,
        torch.bfloat16,
        torch.float16,
        torch.float64,
        torch.int64,
        torch.uint8,
        torch.bool,
    )
    tensors = {str(kind): torch.arange(6).reshape(2, 3).to(kind) for kind in kinds}
    tensors |= {"one number": torch.tensor(3), "nothing": torch.zeros(0, 4)}
    save_file(tensors, tmp_path / "some.safetensors")
    assert tensor_digests(tmp_path / "some.safetensors") == {
        name: tensor_sha256(tensor) for name, tensor in tensors.items()
    }


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"\x02\x00\x00\x00\x00\x00\x00\x00[]"])
def test_a_damaged_file_is_an_error_of_the_data(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(data)
    with pytest.raises(DataError):
        tensor_digests(tmp_path / "bad.safetensors")
