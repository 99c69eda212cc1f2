"""Applies a network to cases, batch by batch."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.components.device import Device
from stages.components.network import GraftNetwork
from stages.contracts.prepared import Images

EVALUATION_BATCH = 256


class _Compute(Protocol):
    def __call__(self, images: Tensor, /) -> Tensor: ...


def predict(network: GraftNetwork, images: Images, device: Device) -> NDArray[np.float32]:
    """Says of each case what the network's task asks.

    Args:
        network: Put into evaluation mode.
        images: Shape (cases, channels, height, width), or (cases, features) of records.
        device: Where to compute.

    Returns:
        Probabilities, shape (cases, classes), or numbers, shape (cases, 1).
    """
    return _by_batch(lambda batch: network.activate(network(batch)), network, images, device)


def extract_features(network: GraftNetwork, images: Images, device: Device) -> NDArray[np.float32]:
    """Gives the frozen backbone's features, shape (cases, width)."""
    return _by_batch(network.features, network, images, device)


def _by_batch(
    compute: _Compute, network: GraftNetwork, images: Images, device: Device
) -> NDArray[np.float32]:
    place(network, device).eval()
    parts = []
    with torch.inference_mode(), device.autocast():
        for start in range(0, len(images), EVALUATION_BATCH):
            batch = torch.from_numpy(images[start : start + EVALUATION_BATCH]).to(device.name).float()
            parts.append(compute(laid_out(batch)).float().cpu())
    return torch.cat(parts).numpy() if parts else np.empty((0, network.head.out_features), dtype=np.float32)


def place(network: GraftNetwork, device: Device) -> GraftNetwork:
    """Moves the network to its device, with the channels of an image side by side in memory."""
    moved: GraftNetwork = network.to(device.name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def laid_out(images: Tensor) -> Tensor:
    """Puts the channels of a pixel side by side in memory; what are no images stay as they are."""
    return images.contiguous(memory_format=torch.channels_last) if images.dim() == 4 else images
