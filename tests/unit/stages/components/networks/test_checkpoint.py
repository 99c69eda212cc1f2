from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stages.components.networks.checkpoint import file_sha256, load_checkpoint, save_checkpoint, tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.contracts.checkpoint import RECORD, WEIGHTS
from stages.contracts.errors import DataError
from tests.unit.stages.small import copied, network_of, spec_of


def saved(folder: Path, network: GraftNetwork | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_checkpoint(folder, network or network_of(1), spec_of(), origin="trained", source="s")
    return folder


def refused(folder: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load_checkpoint(folder)
    assert len(str(caught.value).splitlines()) == 4
    assert str(folder) in caught.value.where
    return caught.value


def record_of(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / RECORD).read_text())
    return found


def trust(folder: Path) -> None:
    """Makes the record name the weights that lie beside it."""
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    (folder / RECORD).write_text(json.dumps(record_of(folder) | {"weights_sha256": digest}))


def test_a_network_comes_back_bit_by_bit(tmp_path: Path) -> None:
    network = network_of(1)
    record, loaded = load_checkpoint(saved(tmp_path, network))
    assert copied(loaded).keys() == copied(network).keys()
    assert all(torch.equal(t, loaded.state_dict()[n]) for n, t in network.state_dict().items())
    assert record.weights_sha256 == hashlib.sha256((tmp_path / WEIGHTS).read_bytes()).hexdigest()
    assert record.normalisation.mean == (100.0,)


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    one, same, other = (saved(tmp_path / str(n), network_of(s)) for n, s in enumerate((1, 1, 2)))
    for name in (WEIGHTS, RECORD):
        assert (one / name).read_bytes() == (same / name).read_bytes()
        assert (one / name).read_bytes() != (other / name).read_bytes()


def test_the_memory_layout_of_a_network_changes_no_byte(tmp_path: Path) -> None:
    plain = saved(tmp_path / "plain", network_of(1))
    last = saved(tmp_path / "last", network_of(1).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
    assert file_sha256(plain / WEIGHTS) == file_sha256(last / WEIGHTS)


@pytest.mark.parametrize("name", [WEIGHTS, RECORD])
def test_a_missing_half_is_named(tmp_path: Path, name: str) -> None:
    (saved(tmp_path) / name).unlink()
    assert name in refused(tmp_path).where


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_truncated_weights_are_refused(tmp_path: Path, kept: float) -> None:
    data = (saved(tmp_path) / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(
        data[: int(len(data) * kept)] if isinstance(kept, float) else data[:kept]
    )
    refused(tmp_path)


def test_one_changed_bit_is_noticed(tmp_path: Path) -> None:
    data = bytearray((saved(tmp_path) / WEIGHTS).read_bytes())
    data[-100] ^= 1
    (tmp_path / WEIGHTS).write_bytes(data)
    assert refused(tmp_path).why == "its SHA-256 is not the one in its record"


def test_weights_of_another_network_are_refused_though_the_hash_is_right(tmp_path: Path) -> None:
    other = network_of(1, spec_of(width=0.5))
    saved(tmp_path)
    save_file({n: t.contiguous() for n, t in other.state_dict().items()}, tmp_path / WEIGHTS)
    trust(tmp_path)
    assert "size mismatch for backbone.conv1.weight" in refused(tmp_path).why


def test_renamed_weights_are_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    save_file({f"x.{n}": t.contiguous() for n, t in network_of(1).state_dict().items()}, tmp_path / WEIGHTS)
    trust(tmp_path)
    assert "Missing key" in refused(tmp_path).why


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.file,))


@pytest.mark.parametrize("how", ["pickle", "torch"])
def test_a_pickle_is_called_one_and_its_payload_does_not_run(tmp_path: Path, how: str) -> None:
    trap = tmp_path / "sprung"
    saved(tmp_path)
    if how == "pickle":
        (tmp_path / WEIGHTS).write_bytes(pickle.dumps(Trap(trap)))
    else:
        torch.save({"state_dict": Trap(trap)}, tmp_path / WEIGHTS)
    trust(tmp_path)
    assert refused(tmp_path).why == "it is a pickled file, which can run code when it is opened"
    assert not trap.exists()


def test_a_record_with_a_wrong_value_is_refused_by_its_key(tmp_path: Path) -> None:
    record = record_of(saved(tmp_path)) | {"training_cases": "many"}
    (tmp_path / RECORD).write_text(json.dumps(record))
    assert refused(tmp_path).why.startswith("training_cases: Input should be a valid integer")


@pytest.mark.parametrize(
    "other",
    [
        torch.zeros(2, 3),
        torch.zeros(6),
        torch.zeros(3, 2, dtype=torch.int32),
        torch.tensor([[0.0, 0, 0], [0, 0, 1]]),
    ],
)
def test_a_tensors_hash_tells_values_shape_and_type(other: torch.Tensor) -> None:
    assert tensor_sha256(torch.zeros(3, 2)) != tensor_sha256(other)


def test_a_tensors_hash_does_not_depend_on_its_layout() -> None:
    tensor = torch.arange(6.0).view(2, 3)
    assert tensor_sha256(tensor) == tensor_sha256(tensor.t().contiguous().t())
    assert tensor_sha256(torch.tensor(3)) == tensor_sha256(torch.tensor(3))
