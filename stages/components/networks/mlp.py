"""MONAI's fully connected network, for records."""

from __future__ import annotations

from monai.networks.nets.fullyconnectednet import FullyConnectedNet

from stages.components.networks.architecture import Architecture
from stages.contracts.feature import units_of
from stages.contracts.network import NetworkSpec

WIDTH = 64
"""Of a layer at `width: 1`."""
FIRST = "backbone.hidden_0.0.weight"
"""The tensor whose columns belong to the input's units, shape (width, units)."""


def _build(spec: NetworkSpec) -> FullyConnectedNet:
    """Builds the layers of one width, each with dropout and GELU."""
    params = spec.params
    return FullyConnectedNet(
        in_channels=len(units_of(spec.features)),
        out_channels=spec.outputs,
        hidden_channels=[max(1, round(WIDTH * params.width))] * params.layers,
        dropout=params.dropout,
        act="GELU",
    )


MLPS = {"mlp": Architecture(_build, head="output")}
