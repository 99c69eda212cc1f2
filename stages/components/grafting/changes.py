"""dW of every layer: how far fine-tuning moved the weights that came from the source."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from stages.components.grafting.graft import role_of
from stages.components.networks.network import GraftNetwork
from stages.contracts.ledger import Changes, LayerChange


def compare(
    before: dict[str, Tensor],
    network: GraftNetwork,
    *,
    from_source: bool,
    specific: Collection[str] = (),
) -> Changes:
    """Measures W_shared = W_source + dW, layer by layer; the head has no W_source and is left out.

    Args:
        before: Tensors before fine-tuning.
        network: The network after it.
        specific: Names of tensors that the source did not have, such as a new decoder's.
        from_source: False for the scratch control, which has no W_source: its changes are empty.
    """
    if not from_source:
        return Changes(layers=())
    layers: dict[str, list[str]] = {}
    names = (name for name, _ in network.named_parameters() if name not in specific)
    for name in (name for name in names if role_of(name) == "shared"):
        layers.setdefault(name.rpartition(".")[0], []).append(name)
    after = network.state_dict()
    return Changes(layers=tuple(_change(layer, names, before, after) for layer, names in layers.items()))


def _change(layer: str, names: list[str], before: dict[str, Tensor], after: dict[str, Tensor]) -> LayerChange:
    old = torch.cat([before[name].flatten().double().cpu() for name in names])
    new = torch.cat([after[name].flatten().double().cpu() for name in names])
    return LayerChange(
        layer=layer, role=role_of(layer), parameters=len(old), relative_change=relative_change(old, new)
    )


def relative_change(before: Tensor, after: Tensor) -> float:
    """Gives the Frobenius norm of (after - before) divided by that of before; 1 for a start at zero."""
    moved, size = torch.linalg.vector_norm(after - before), torch.linalg.vector_norm(before)
    return float(moved / size) if size > 0 else float(moved > 0)
