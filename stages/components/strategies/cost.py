"""What a network costs to compute, counted and not measured: the same figure on every machine."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from stages.components.networks.network import GraftNetwork
from stages.contracts.prepared import PreparedCases


def count_flops(network: GraftNetwork, cases: PreparedCases) -> int:
    """Counts the floating-point operations of the backbone's forward pass on one case.

    Args:
        network: Put into evaluation mode.
        cases: Of which one tells the size.
    """
    case = torch.from_numpy(cases.images[:1]).float()
    network.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.represent(case)
    return int(counter.get_total_flops())
