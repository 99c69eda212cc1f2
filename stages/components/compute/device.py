"""Chooses where and in which precision to compute, and keeps it repeatable."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal, cast

import torch
from torch import nn

from stages.components.compute.processes import current
from stages.contracts.checkpoint import Environment
from stages.contracts.recipe import Precision

DeviceName = Literal["cpu", "cuda", "mps"]


@dataclass(frozen=True)
class Device:
    """Where a network computes, how precisely and with how many threads."""

    name: DeviceName
    precision: Literal["fp32", "bf16"]
    threads: int
    processes: int = 1
    """That share a training, each with so many threads."""

    def autocast(self) -> AbstractContextManager[object]:
        """Gives the context in which the network computes."""
        enabled = self.precision == "bf16"
        return cast(
            AbstractContextManager[object],
            torch.autocast(self.name, dtype=torch.bfloat16, enabled=enabled),
        )

    def environment(self, seed: int) -> Environment:
        """Records what decides the bits of a training."""
        versions = {name: version(name) for name in ("torch", "monai", "numpy")}
        return Environment(
            device=self.name,
            precision=self.precision,
            threads=self.threads,
            processes=self.processes,
            seed=seed,
            versions=versions,
        )


def choose_device(precision: Precision, threads: int, network: nn.Module) -> Device:
    """Takes CUDA or MPS where there is one, and makes torch deterministic.

    Args:
        precision: `auto` is bf16 where the processor multiplies in it. On a CPU, a network of
            depthwise convolutions stays in fp32: their bf16 gradients take twice the time there.
        threads: CPU threads.
        network: The network that will compute.
    """
    torch.set_num_threads(threads)
    name: DeviceName = "cpu"
    if torch.cuda.is_available():
        name = "cuda"
    elif torch.backends.mps.is_available():
        name = "mps"
    # On a GPU some gradients (adaptive pooling) have no repeatable kernel: say so instead of stopping.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=name != "cpu")
    # No tensor here is read before it is written; filling them all first costs a twentieth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    processes = current().number
    if precision != "auto":
        return Device(name, precision, threads, processes)
    return Device(name, "bf16" if _multiplies_bf16(name, network) else "fp32", threads, processes)


def _multiplies_bf16(name: DeviceName, network: nn.Module) -> bool:
    if not any(isinstance(module, nn.modules.conv._ConvNd) for module in network.modules()):
        return False  # a record's network gains no time, and its features would be rounded to three digits
    if name == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return name == "cpu" and _cpu_bf16() and not _depthwise(network)


def _cpu_bf16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _depthwise(network: nn.Module) -> bool:
    return any(
        isinstance(module, (nn.Conv2d, nn.Conv3d)) and module.groups > 1 for module in network.modules()
    )
