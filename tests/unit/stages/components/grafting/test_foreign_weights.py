from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from stages.components.grafting.foreign_weights import load_strictly, read_foreign, rename
from stages.components.networks.efficientnet import efficientnet_block_names
from stages.contracts.errors import DataError
from tests.unit.stages.components.networks.test_checkpoint import Trap
from tests.unit.stages.small import copied, network_of, spec_of

TENSORS = {"a": torch.arange(3.0), "b.c": torch.ones(2, 2)}


def foreign(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Gives a network's tensors the names that MONAI's ResNet has for them."""
    return {
        name.replace("backbone.", "").replace("head.", "fc."): tensor
        for name, tensor in tensors.items()
        if not name.startswith("normalise.")
    }


def program(file: Path) -> None:
    """Writes what MONAI's bundles have beside their weights."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        torch.jit.script(torch.nn.Linear(2, 2)).save(file)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("wrapping", [None, "state_dict", "model", "network"])
def test_a_state_dict_is_read(tmp_path: Path, wrapping: str | None) -> None:
    torch.save(TENSORS if wrapping is None else {wrapping: TENSORS, "epoch": 3}, tmp_path / "w.pth")
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
    renamed = rename({"module.conv1.weight": TENSORS["a"], "fc.bias": TENSORS["a"]}, "monai", "s")
    assert set(renamed) == {"backbone.conv1.weight", "head.bias"}


def test_efficientnet_blocks_are_counted_within_their_groups() -> None:
    names = efficientnet_block_names()
    assert len(names) == 16
    assert names[:4] == ["0.0", "1.1", "1.2", "2.3"]
    renamed = rename({"_blocks.2._bn0.weight": TENSORS["a"], "_fc.weight": TENSORS["a"]}, "lukemelas", "s")
    assert set(renamed) == {"backbone._blocks.1.2._bn0.weight", "head.weight"}


def test_all_tensors_are_loaded_strictly() -> None:
    source, target = network_of(1), network_of(2)
    load_strictly(target, rename(foreign(copied(source)), "monai", "s"), "s")
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
        load_strictly(target, rename(weights, "monai", "mine"), "mine")
    assert why in caught.value.why
    assert caught.value.where == "source mine"
    assert all(torch.equal(before[name], tensor) for name, tensor in target.state_dict().items())


def test_weights_of_another_family_are_refused() -> None:
    weights = foreign(copied(network_of(1, spec_of(name="densenet121"))))
    with pytest.raises(DataError, match="belong to another network"):
        load_strictly(network_of(2), rename(weights, "monai", "s"), "s")


@pytest.mark.parametrize("head", ["fc", "_fc", "class_layers.out", "final_conv", "conv_final.2.conv"])
def test_the_head_of_every_family_is_known_by_its_path(head: str) -> None:
    assert set(rename({f"{head}.weight": TENSORS["a"]}, "monai", "s")) == {"head.weight"}


def test_two_tensors_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="come to have one name") as caught:
        rename({"conv1.weight": TENSORS["a"], "module.conv1.weight": TENSORS["b.c"]}, "monai", "s")
    assert caught.value.why == "'conv1.weight' and 'module.conv1.weight' both become 'backbone.conv1.weight'"


def test_weights_without_a_head_leave_the_networks_own() -> None:
    source, target = network_of(1), network_of(2)
    before = copied(target)
    weights = {name: t for name, t in copied(source).items() if name.startswith("backbone.")}
    with pytest.raises(DataError, match="belong to another network"):
        load_strictly(target, weights, "s")
    load_strictly(target, weights, "s", headless=True)
    for name, tensor in target.state_dict().items():
        assert torch.equal(tensor, (weights if name in weights else before)[name]), name


def test_a_head_is_left_over_where_none_is_expected() -> None:
    weights = {n: t for n, t in copied(network_of(1)).items() if not n.startswith("normalise.")}
    with pytest.raises(DataError, match="belong to another network") as caught:
        load_strictly(network_of(2), weights, "s", headless=True)
    assert "2 left over (head.bias, head.weight)" in caught.value.why


def test_counters_that_old_files_lack_are_not_missed() -> None:
    source, target = network_of(1), network_of(2)
    weights = {n: t for n, t in copied(source).items() if not n.startswith("normalise.")}
    old = {name: tensor for name, tensor in weights.items() if not name.endswith("num_batches_tracked")}
    assert len(old) < len(weights)
    load_strictly(target, old, "s")
    assert torch.equal(target.state_dict()["backbone.bn1.running_mean"], weights["backbone.bn1.running_mean"])


def test_a_program_is_refused_as_one(tmp_path: Path) -> None:
    program(tmp_path / "model.ts")
    with pytest.raises(DataError, match="cannot be loaded") as caught:
        read_foreign(tmp_path / "model.ts")
    assert caught.value.why.startswith("it is a TorchScript program, which is code")
