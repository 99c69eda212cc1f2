"""Batch normalisation by the statistics of the whole batch, whichever process has its cases.

As `nn.SyncBatchNorm`, which is for GPUs only.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn

from stages.components.compute.processes import current

_BatchNorm = nn.modules.batchnorm._BatchNorm


class SharedBatchNorm(_BatchNorm):
    """A BatchNorm that counts the cases of all processes while it trains; alone it is the usual one."""

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 - torch's name
        """Takes any number of sides: the layer that it has been was made for the right one."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Normalises (cases, channels, *size); computed in float32 and given in the type of the input."""
        if not self.training or current().number == 1:
            return super().forward(input)
        values = input.float()
        axes, spread = [0, *range(2, values.dim())], (1, -1, *[1] * (values.dim() - 2))
        mine = values.new_tensor([values.numel() / values.shape[1]])
        sums = _summed(torch.cat([values.sum(axes), mine]))
        count = sums[-1].detach()
        mean = sums[:-1] / count
        centred = values - mean.view(spread)
        variance = _summed(centred.square().sum(axes)) / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        normal = centred * torch.rsqrt(variance + self.eps).view(spread)
        if self.affine:
            normal = normal * self.weight.view(spread) + self.bias.view(spread)
        return normal.to(input.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        pull = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, pull)
        self.running_var.lerp_(variance, pull)


def share_batch_norm(network: nn.Module) -> None:
    """Makes every BatchNorm of a network a shared one, in place: its tensors and its name stay."""
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.__class__ = SharedBatchNorm


class _Sum(torch.autograd.Function):
    """The sum over the processes; each gets the sum of the gradients that its addend has in all losses."""

    @staticmethod
    def forward(ctx: Any, mine: Tensor) -> Tensor:  # noqa: ARG004 - torch's form
        total = mine.detach().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004 - torch's form
        total = gradients[0].detach().clone()
        distributed.all_reduce(total)
        return total


def _summed(mine: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(mine)  # type: ignore[no-untyped-call]
    return total
