"""Applies a network to cases, batch by batch."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.components.compute.device import Device
from stages.components.networks.network import GraftNetwork
from stages.components.prediction.windows import MOST_VALUES, mean_over_windows, slide, slides
from stages.contracts.prepared import Images

EVALUATION_BATCH = 256

Covariates = NDArray[np.float32] | None
"""Shape (cases, covariates), NaN where missing; None where a network takes none."""


class _Compute(Protocol):
    def __call__(self, images: Tensor, covariates: Tensor | None, /) -> Tensor: ...


def predict(
    network: GraftNetwork, images: Images, device: Device, covariates: Covariates = None
) -> NDArray[Any]:
    """Says of each case what the network's task asks.

    Args:
        network: Put into evaluation mode.
        images: Shape (cases, channels, *size), or (cases, features) of records.
        device: Where to compute.
        covariates: Shape (cases, covariates), where the network takes them.

    Returns:
        Probabilities, shape (cases, classes); numbers, shape (cases, 1); or a class per pixel, uint8 of
        shape (cases, *size).
    """

    def say(batch: Tensor, beside: Tensor | None) -> Tensor:
        if network.patch is None or not slides(batch, network.patch):
            return network.activate(network(laid_out(batch), beside))
        whole = slide(lambda part: network(laid_out(part)), batch, network.patch)
        return network.activate(whole)

    return _by_batch(say, network, images, device, covariates)


def extract_features(
    network: GraftNetwork, images: Images, device: Device, covariates: Covariates = None
) -> NDArray[np.float32]:
    """Gives the frozen features that a head takes in, shape (cases, width)."""

    def represent(batch: Tensor, beside: Tensor | None) -> Tensor:
        if network.patch is None or not slides(batch, network.patch):
            return network.features(laid_out(batch), beside)
        return mean_over_windows(lambda part: network.features(laid_out(part)), batch, network.patch)

    return _by_batch(represent, network, images, device, covariates)


def _by_batch(
    compute: _Compute, network: GraftNetwork, images: Images, device: Device, covariates: Covariates
) -> NDArray[Any]:
    place(network, device).eval()
    parts = []
    with torch.inference_mode(), device.autocast():
        size = _batch_size(images, large=network.patch is not None)
        for start in range(0, len(images), size):
            batch = torch.from_numpy(images[start : start + size]).to(device.name).float()
            beside = None if covariates is None else covariates[start : start + size]
            said = compute(batch, on_device(beside, device))
            parts.append((said.float() if said.is_floating_point() else said).cpu())
    return torch.cat(parts).numpy() if parts else np.empty((0, network.outputs), dtype=np.float32)


def _batch_size(images: Images, *, large: bool) -> int:
    """Gives the number of cases at a time: for images one number for all sizes, as it decides last bits."""
    if len(images.shape) < 5 and not large:
        return EVALUATION_BATCH
    return max(1, min(EVALUATION_BATCH, MOST_VALUES // math.prod(images.shape[1:])))


def on_device(covariates: Covariates, device: Device) -> Tensor | None:
    """Gives covariates as a tensor; None of none."""
    return None if covariates is None else torch.from_numpy(covariates).to(device.name)


def place(network: GraftNetwork, device: Device) -> GraftNetwork:
    """Moves the network to its device, its weights laid out in memory as its images are."""
    moved: GraftNetwork = network.to(device.name)
    if network.dims == 2:
        moved = moved.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def laid_out(images: Tensor) -> Tensor:
    """Puts the channels of a pixel side by side in memory; volumes gain nothing, records have none."""
    return images.contiguous(memory_format=torch.channels_last) if images.dim() == 4 else images
