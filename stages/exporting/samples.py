"""Inputs drawn at random, for an exporter to follow and for two runtimes to be compared on."""

from __future__ import annotations

import torch
from torch import Tensor

from stages.contracts.network import NetworkSpec

Inputs = tuple[Tensor, ...]
"""Images, and covariates beside them where a network takes them."""


def draw_inputs(spec: NetworkSpec, cases: int, seed: int = 0) -> Inputs:
    """Draws what a network takes in.

    Args:
        spec: The network's input.
        cases: How many; the last one lacks every covariate.
        seed: Decides every value.

    Returns:
        Images in the range 0-255, shape (cases, channels, *size); and covariates, shape (cases, covariates),
        codes as in training and NaN where missing.
    """
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(cases, spec.in_channels, *spec.image_size, generator=generator) * 255
    if not spec.covariates:
        return (images,)
    most = [100.0 if one.kind == "number" else max(2, len(one.values)) for one in spec.covariates]
    covariates = (torch.rand(cases, len(most), generator=generator) * torch.tensor(most)).floor()
    covariates[-1] = torch.nan
    return images, covariates
