"""Weights that were saved by other programs: read without running their code, renamed, loaded strictly."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from stages.components.checkpoint import load_weights
from stages.components.network import GraftNetwork
from stages.components.networks.efficientnet import efficientnet_block_names
from stages.contracts.errors import DataError

Naming = Literal["monai", "lukemelas"]
_HEADS = ("fc.", "_fc.", "class_layers.out.")


def read_foreign(file: Path) -> dict[str, Tensor]:
    """Reads safetensors, or a torch file that holds nothing but tensors.

    Raises:
        DataError: If the file is damaged, or is a pickle with more than tensors in it.
    """
    if file.suffix == ".safetensors":
        return load_weights(file)
    try:
        with warnings.catch_warnings(action="ignore"):
            loaded = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's restricted reader raises whatever damaged bytes lead it to
        raise DataError(
            "a weights file cannot be loaded",
            where=str(file),
            why="it holds more than tensors, or is damaged; a pickle can run code, so it was not opened",
            remedy="save the state dict alone, best as safetensors",
        ) from error
    tensors = loaded.get("state_dict", loaded) if isinstance(loaded, dict) else None
    if not isinstance(tensors, dict) or not all(isinstance(t, Tensor) for t in tensors.values()):
        raise DataError(
            "a weights file holds no state dict",
            where=str(file),
            why=f"its content is a {type(loaded).__name__}",
            remedy="save the state dict alone, best as safetensors",
        )
    return {str(name): tensor for name, tensor in tensors.items()}


def rename(weights: dict[str, Tensor], naming: Naming) -> dict[str, Tensor]:
    """Gives foreign tensors the names of a `GraftNetwork`.

    Args:
        weights: Tensors by their foreign names; a leading `module.` is dropped.
        naming: `monai` keeps the names; `lukemelas` (EfficientNet-PyTorch) counts blocks
            through, where MONAI counts within groups of equal blocks.
    """
    blocks = efficientnet_block_names()
    renamed = {}
    for foreign, tensor in weights.items():
        name = foreign.removeprefix("module.")
        if naming == "lukemelas" and name.startswith("_blocks."):
            number, _, rest = name.removeprefix("_blocks.").partition(".")
            place = blocks[int(number)] if number.isdigit() and int(number) < len(blocks) else number
            name = f"_blocks.{place}.{rest}"
        head = next((prefix for prefix in _HEADS if name.startswith(prefix)), None)
        renamed["head." + name.removeprefix(head) if head else "backbone." + name] = tensor
    return renamed


def load_strictly(network: GraftNetwork, weights: dict[str, Tensor], source: str) -> None:
    """Loads every tensor, or none.

    Raises:
        DataError: If a tensor is missing, left over or has another shape.
    """
    own = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("normalise.")}
    missing, extra = sorted(own.keys() - weights.keys()), sorted(weights.keys() - own.keys())
    misfits = [
        f"{name} is {tuple(weights[name].shape)}, not {tuple(own[name].shape)}"
        for name in own
        if name in weights and weights[name].shape != own[name].shape
    ]
    if missing or extra or misfits:
        raise DataError(
            "the weights belong to another network",
            where=f"source {source}",
            why=f"{len(missing)} tensors missing{_some(missing)}, {len(extra)} left over{_some(extra)}, "
            f"{len(misfits)} of another shape{_some(misfits)}",
            remedy=f"set import_source.{source}.network, naming and classes to what the file was saved from",
        )
    network.load_state_dict(weights, strict=False)


def _some(names: list[str]) -> str:
    return f" ({', '.join(names[:2])}{', ...' if len(names) > 2 else ''})" if names else ""
