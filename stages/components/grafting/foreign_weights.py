"""Weights that were saved by other programs: read without running their code, renamed, loaded strictly."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from stages.components.grafting.key_map import by_new_name
from stages.components.networks.checkpoint import load_weights
from stages.components.networks.efficientnet import efficientnet_block_names
from stages.components.networks.network import ARCHITECTURES, GraftNetwork
from stages.contracts.errors import DataError

Naming = Literal["monai", "lukemelas"]
_HEADS = tuple(sorted({f"{architecture.head}." for architecture in ARCHITECTURES.values()}))
# How a state dict is wrapped: plainly, as MedicalNet and as the checkpoints of MONAI's bundles are.
_WRAPPINGS = ("state_dict", "model", "network")
# Files of torch before 0.4.1 lack these counters, and no result depends on them.
_COUNTER = ".num_batches_tracked"
_PICKLE = "it holds more than tensors, or is damaged; a pickle can run code, so it was not opened"
_PROGRAM = "it is a TorchScript program, which is code; a MONAI bundle has its weights in models/model.pt"


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
            why=_PROGRAM if "TorchScript" in str(error) else _PICKLE,
            remedy="save the state dict alone, best as safetensors",
        ) from error
    tensors = loaded
    if isinstance(loaded, dict):
        tensors = next((loaded[key] for key in _WRAPPINGS if isinstance(loaded.get(key), dict)), loaded)
    if not isinstance(tensors, dict) or not all(isinstance(t, Tensor) for t in tensors.values()):
        raise DataError(
            "a weights file holds no state dict",
            where=str(file),
            why=f"its content is a {type(loaded).__name__}",
            remedy="save the state dict alone, best as safetensors",
        )
    return {str(name): tensor for name, tensor in tensors.items()}


def rename(weights: dict[str, Tensor], naming: Naming, source: str) -> dict[str, Tensor]:
    """Gives foreign tensors the names of a `GraftNetwork`.

    Args:
        weights: Tensors by their foreign names; a leading `module.` is dropped.
        naming: `monai` keeps the names; `lukemelas` (EfficientNet-PyTorch) counts blocks
            through, where MONAI counts within groups of equal blocks.
        source: Name of the source, for errors.

    Raises:
        DataError: If two tensors come to have one name.
    """
    blocks = efficientnet_block_names()
    names = {}
    for foreign in weights:
        name = foreign.removeprefix("module.")
        if naming == "lukemelas" and name.startswith("_blocks."):
            number, _, rest = name.removeprefix("_blocks.").partition(".")
            place = blocks[int(number)] if number.isdigit() and int(number) < len(blocks) else number
            name = f"_blocks.{place}.{rest}"
        head = next((prefix for prefix in _HEADS if name.startswith(prefix)), None)
        names[foreign] = "head." + name.removeprefix(head) if head else "backbone." + name
    return by_new_name(weights, names, source)


def load_strictly(
    network: GraftNetwork, weights: dict[str, Tensor], source: str, *, headless: bool = False
) -> None:
    """Loads every tensor, or none.

    Args:
        network: Changed in place; its input statistics stay.
        weights: Tensors by the names of a `GraftNetwork`.
        source: Name of the source, for errors.
        headless: Whether they lack a head, and the network keeps its own.

    Raises:
        DataError: If a tensor is missing, left over or has another shape.
    """
    kept = ("normalise.", "head.") if headless else ("normalise.",)
    own = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(kept)}
    missing = sorted(name for name in own.keys() - weights.keys() if not name.endswith(_COUNTER))
    extra = sorted(weights.keys() - own.keys())
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
            remedy=f"set import_source.{source}.network, naming, keys and classes to what the file holds",
        )
    network.load_state_dict(weights, strict=False)


def _some(names: list[str]) -> str:
    return f" ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''})" if names else ""
