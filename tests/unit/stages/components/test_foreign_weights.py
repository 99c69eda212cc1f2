from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from stages.components.foreign_weights import load_strictly, read_foreign, rename
from stages.components.networks.efficientnet import efficientnet_block_names
from stages.contracts.errors import DataError
from tests.unit.stages.components.test_checkpoint import Trap
from tests.unit.stages.small import copied, network_of, spec_of

TENSORS = {"a": torch.arange(3.0), "b.c": torch.ones(2, 2)}


def foreign(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Gives a network's tensors the names that MONAI's ResNet has for them."""
    return {
        name.replace("backbone.", "").replace("head.", "fc."): tensor
        for name, tensor in tensors.items()
        if not name.startswith("normalise.")
    }


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_state_dict_is_read(tmp_path: Path, wrapped: bool) -> None:
    torch.save({"state_dict": TENSORS} if wrapped else TENSORS, tmp_path / "w.pth")
    found = read_foreign(tmp_path / "w.pth")
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in TENSORS.items())


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "w.safetensors")
    assert torch.equal(read_foreign(tmp_path / "w.safetensors")["b.c"], TENSORS["b.c"])


@pytest.mark.parametrize("how", ["pickle", "torch", "old torch", "beside tensors"])
def test_a_payload_does_not_run(tmp_path: Path, how: str) -> None:
    trap, file = tmp_path / "sprung", tmp_path / "w.pth"
    if how == "pickle":
        file.write_bytes(pickle.dumps({"a": Trap(trap)}))
    else:
        content = Trap(trap) if how != "beside tensors" else {**TENSORS, "z": Trap(trap)}
        torch.save(content, file, _use_new_zipfile_serialization=how != "old torch")
    with pytest.raises(DataError, match="cannot be loaded") as caught:
        read_foreign(file)
    assert "a pickle can run code" in caught.value.why
    assert not trap.exists()
    pickle.loads(pickle.dumps(Trap(trap)))
    assert trap.exists(), "the trap itself must work"


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, torch.ones(2), {"state_dict": [torch.ones(2)]}])
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(DataError, match="holds no state dict"):
        read_foreign(tmp_path / "w.pth")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_whatever_the_damage(tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / f"w{data.draw(st.sampled_from(['.pth', '.bin', '.safetensors']))}"
    save_file(TENSORS, file) if file.suffix == ".safetensors" else torch.save(TENSORS, file)
    whole = file.read_bytes()
    if data.draw(st.booleans()):
        file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 30))])
    else:
        file.write_bytes(data.draw(st.binary(max_size=80)))
    with pytest.raises(DataError):
        read_foreign(file)


def test_names_of_the_head_and_of_parallel_training_are_understood() -> None:
    renamed = rename({"module.conv1.weight": TENSORS["a"], "fc.bias": TENSORS["a"]}, "monai")
    assert set(renamed) == {"backbone.conv1.weight", "head.bias"}


def test_efficientnet_blocks_are_counted_within_their_groups() -> None:
    names = efficientnet_block_names()
    assert len(names) == 16
    assert names[:4] == ["0.0", "1.1", "1.2", "2.3"]
    renamed = rename({"_blocks.2._bn0.weight": TENSORS["a"], "_fc.weight": TENSORS["a"]}, "lukemelas")
    assert set(renamed) == {"backbone._blocks.1.2._bn0.weight", "head.weight"}


def test_all_tensors_are_loaded_strictly() -> None:
    source, target = network_of(1), network_of(2)
    load_strictly(target, rename(foreign(copied(source)), "monai"), "s")
    for name, tensor in source.state_dict().items():
        assert torch.equal(target.state_dict()[name], tensor)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"conv1.weight": None},
            "1 tensors missing (backbone.conv1.weight), 0 left over, 0 of another shape",
        ),
        ({"extra": torch.ones(1)}, "0 tensors missing, 1 left over (backbone.extra), 0 of another shape"),
        (
            {"fc.weight": torch.ones(7, 128)},
            "1 of another shape (head.weight is (7, 128), not (2, 128))",
        ),
    ],
)
def test_a_tensor_without_its_partner_is_named_and_nothing_is_loaded(
    change: dict[str, torch.Tensor | None], why: str
) -> None:
    weights = foreign(copied(network_of(1)))
    for name, tensor in change.items():
        weights.pop(name, None)
        if tensor is not None:
            weights[name] = tensor
    target = network_of(2)
    before = copied(target)
    with pytest.raises(DataError, match="belong to another network") as caught:
        load_strictly(target, rename(weights, "monai"), "mine")
    assert why in caught.value.why
    assert caught.value.where == "source mine"
    assert all(torch.equal(before[name], tensor) for name, tensor in target.state_dict().items())


def test_weights_of_another_family_are_refused() -> None:
    weights = foreign(copied(network_of(1, spec_of(name="densenet121"))))
    with pytest.raises(DataError, match="belong to another network"):
        load_strictly(network_of(2), rename(weights, "monai"), "s")
