"""Processes that share a training, as forks of one that has imported torch: cheaper than `torchrun`'s."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["torch", "monai.losses.dice", "pandas", "sklearn.linear_model"])


def start_members(
    number: int, work: Callable[..., None], *values: object, folder: Path
) -> list[multiprocessing.process.BaseProcess]:
    """Starts processes that believe `torchrun` had started them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    members = []
    for rank in range(number):
        told = {"RANK": rank, "WORLD_SIZE": number, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        members.append(FORKS.Process(target=_become, args=(told, folder, work, values)))
        members[-1].start()
    return list(members)


def statuses(members: Sequence[multiprocessing.process.BaseProcess]) -> list[int | None]:
    for member in members:
        member.join(60)
    return [member.exitcode for member in members]


def run_stage(module: str, *words: str) -> None:
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _become(
    told: dict[str, int | str], folder: Path, work: Callable[..., None], values: tuple[object, ...]
) -> None:
    os.environ.update({name: str(value) for name, value in told.items()} | {"GLOO_SOCKET_IFNAME": "lo"})
    os.chdir(folder)
    work(*values)
