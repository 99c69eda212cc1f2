"""A digest of everything that decides the result of a training."""

from __future__ import annotations

import hashlib
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from stages.components.compute.device import Device
from stages.components.networks.checkpoint import tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.contracts.prepared import Images, PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.streamed import StreamedRows


def training_key(
    facts: str,
    network: GraftNetwork,
    cases: tuple[PreparedCases, ...],
    recipe: Recipe,
    *,
    device: Device,
    seed: int,
) -> str:
    """Gives the digest, as hexadecimal digits.

    What is in memory is hashed, not the files that it came from: they may have changed since. It takes a
    fraction of the time of an epoch.

    Args:
        facts: What the caller knows beside the rest, such as the params of a strategy.
        network: Before its first step.
        cases: Of training and of validation.
        recipe: How it is trained.
        device: Where.
        seed: Of all draws.
    """
    digest = hashlib.sha256()
    texts = [facts, recipe.model_dump_json(), repr(device), str(seed), *_environment(), *_code()]
    texts += [f"fresh {block}" for block in sorted(network.fresh)]
    texts += [f"{name} {tensor_sha256(tensor)}" for name, tensor in network.state_dict().items()]
    for part in cases:
        rows = pd.util.hash_pandas_object(part.index).to_numpy().tobytes()
        texts += [part.preparation.model_dump_json(), hashlib.sha256(rows).hexdigest()]
        texts += [_images(part.images), _images(part.masks)]
    for text in texts:
        digest.update(f"{len(text)} {text}\n".encode())
    return digest.hexdigest()


def _images(images: Images | None) -> str:
    if images is None:
        return "none"
    if isinstance(images, StreamedRows):  # as large as a disk: who rewrites a shard changes its time
        facts = [(file, file.stat()) for file in map(Path, images.files.values())]
        files = [f"{file} {found.st_size} {found.st_mtime_ns}" for file, found in facts]
        places = hashlib.sha256(images.shards.tobytes() + images.rows.tobytes()).hexdigest()
        return " ".join([*sorted(files), places])
    return f"{images.dtype} {images.shape} {hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()}"


def _environment() -> list[str]:
    versions = [f"{name} {version(name)}" for name in ("torch", "monai", "numpy")]
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    capability = torch.backends.cpu.get_cpu_capability()
    return [*versions, platform.python_version(), platform.machine(), capability, gpu]


def _code() -> list[str]:
    """Gives the source of every module of the stages that is loaded."""
    modules = {
        name: module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "stages"
    }
    sources = [Path(file) for _, file in sorted(modules.items()) if file]
    return [hashlib.sha256(source.read_bytes()).hexdigest() for source in sources]
