"""The processes that share a training, each with its part of every batch, as `torchrun` starts them.

What DistributedDataParallel does (Li et al. 2020), without its overlap of computing and sending: the loop
calls parts of a network, never its `forward`, which that wrapper would have to see.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from stages.contracts.errors import StageError, UsageError
from stages.contracts.processes import started

_PARENT = os.getppid()


@dataclass(frozen=True)
class Part:
    """The neighbouring cases of a batch that a process takes.

    Attributes:
        start: The first.
        stop: The one after the last.
        whole: Cases of the batch.
    """

    start: int
    stop: int
    whole: int

    @property
    def rows(self) -> slice:
        """Cuts the part out of the batch."""
        return slice(self.start, self.stop)

    @property
    def share(self) -> float:
        """Gives the weight of the part's mean loss in that of the batch."""
        return (self.stop - self.start) / self.whole


@dataclass(frozen=True)
class Processes:
    """How many there are, and which one this is.

    Attributes:
        number: At least 1.
        rank: From 0; that one alone speaks and writes.
    """

    number: int = 1
    rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this one speaks and writes for all."""
        return self.rank == 0

    def part(self, cases: int) -> Part:
        """Gives what this process takes of a batch of so many cases; parts differ by one case at most."""
        bounds = [cases * rank // self.number for rank in (self.rank, self.rank + 1)]
        return Part(bounds[0], bounds[1], cases)

    def backward(self, held: Tensor, shown: Tensor, weights: Iterable[Tensor], part: Part) -> Tensor:
        """Gives every process the gradients of the whole batch, as sums weighted by the cases of each.

        Args:
            held: The mean loss of the part, with what is added to it.
            shown: Without.
            weights: Of the network, in one order in all processes.
            part: Of the batch.

        Returns:
            `shown` of the whole batch.
        """
        if self.number == 1:
            held.backward()  # type: ignore[no-untyped-call]
            return shown.detach()
        (held * part.share).backward()  # type: ignore[no-untyped-call]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        pieces = [(shown.detach() * part.share).reshape(1), *(one.reshape(-1) for one in gradients)]
        flat = torch.cat(pieces)
        distributed.all_reduce(flat)
        loss, *summed = torch.split(flat, [len(piece) for piece in pieces])
        for gradient, total in zip(gradients, summed, strict=True):
            gradient.copy_(total.view(gradient.shape))
        return loss[0]

    def require_parent(self) -> None:
        """Ends a process that nobody waits for any more: a later run may be at work on the same output.

        Raises:
            StageError: If `torchrun` is gone.
        """
        if self.number > 1 and os.getppid() != _PARENT:
            raise StageError(
                "a training was left alone",
                where=f"process {self.rank} of {self.number}",
                why="torchrun, which had started it, was killed",
                remedy="run the stage again",
            )

    def require_same(self, text: str, device: str) -> None:
        """Stops a training whose processes would each make another network.

        Raises:
            StageError: If another process has another text.
        """
        if self.number == 1:
            return
        least = torch.tensor(list(hashlib.sha256(text.encode()).digest()), device=device)
        most = least.clone()
        distributed.all_reduce(least, distributed.ReduceOp.MIN)
        distributed.all_reduce(most, distributed.ReduceOp.MAX)
        if not torch.equal(least, most):
            raise StageError(
                "the processes of a training do not start from the same",
                where=f"process {self.rank} of {self.number}",
                why="their data, params, weights, code, packages or processors differ",
                remedy="start all of them on one workspace, in one environment, on one sort of machine",
            )


def current() -> Processes:
    """Gives the processes that this one has joined; without any it is alone."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return Processes()
    return Processes(distributed.get_world_size(), distributed.get_rank())


@contextmanager
def joined() -> Iterator[Processes]:
    """Meets the other processes that `torchrun` has started, and leaves them at the end.

    Raises:
        UsageError: If there are more of them than GPUs, or they would compute on MPS.
    """
    if started() == 1:
        yield Processes()
        return
    distributed.init_process_group(_backend())
    try:
        yield (processes := current())
        processes.require_parent()
    finally:
        distributed.destroy_process_group()


def _backend() -> str:
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if torch.cuda.is_available() and torch.cuda.device_count() >= here:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        return "nccl"
    if not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        return "gloo"
    raise UsageError(
        "there are more processes than GPUs",
        where="torchrun's --nproc-per-node, or params.yaml: run.processes",
        why=f"{here} processes, {torch.cuda.device_count()} GPUs of CUDA",
        remedy="start one process per GPU, or hide the GPUs (CUDA_VISIBLE_DEVICES=)",
    )
