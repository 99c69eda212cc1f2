"""Statistics of the input, fitted on training cases alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.components.networks.network import GraftNetwork, build_network
from stages.components.networks.record_input import fit_scales
from stages.contracts.network import NetworkSpec, Normalisation, Scales
from stages.contracts.prepared import Images, PreparedCases

BLOCK = 64
"""Cases summed up at a time: always the same, so that the sums of fractions are too."""


def fit_input(spec: NetworkSpec, images: Images) -> Scales:
    """Fits the input layer of a network to the training cases, be they images or records."""
    return fit_scales(spec.features, images) if spec.features else fit_normalisation(images)


def build_fitted(spec: NetworkSpec, cases: PreparedCases, seed: int) -> GraftNetwork:
    """Builds a network with weights drawn from a seed, and its input fitted to training cases.

    Raises:
        ParamsError: If the network cannot take images of this size, or be of this width.
    """
    network = build_network(spec, fit_input(spec, cases.images), seed)
    settle_covariates(network, cases)
    return network


def settle_covariates(network: GraftNetwork, cases: PreparedCases) -> None:
    """Fits the units of the covariates to training cases, where a network takes any."""
    if network.covariates is not None and cases.covariates is not None:
        network.covariates.settle(fit_scales(cases.preparation.covariates, cases.covariates))


def fit_normalisation(images: Images) -> Normalisation:
    """Gives mean and standard deviation per channel.

    Args:
        images: Shape (cases, channels, *size), range 0-255.
    """
    sums, squares = np.zeros(images.shape[1]), np.zeros(images.shape[1])
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        moments = [_moments(block[:, channel]) for channel in range(block.shape[1])]
        sums += [moment[0] for moment in moments]
        squares += [moment[1] for moment in moments]
    pixels = math.prod(images.shape) // images.shape[1]
    mean = sums / pixels
    deviation = np.sqrt(np.maximum(squares / pixels - mean**2, 1.0))
    return Normalisation(mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))


def _moments(channel: NDArray[Any]) -> tuple[float, float]:
    """Gives the sums of the values and of their squares."""
    if channel.dtype != np.uint8:
        values = channel.astype(np.float64)
        return float(values.sum()), float((values**2).sum())
    # Exact integer sums: the result does not depend on the order of the cases.
    counts = np.bincount(channel.ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256.0)
    return float((counts * levels).sum()), float((counts * levels**2).sum())
