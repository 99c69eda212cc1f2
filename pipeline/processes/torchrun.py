"""Starts the command of a training several times, by `torchrun`, for the processes to share it."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence

from pipeline.processes.preload import module_arguments
from stages.contracts.errors import ParamsError
from stages.contracts.processes import SHARING

_LAUNCHER = ("python", "-m", "torch.distributed.run", "--standalone", "--max-restarts", "0")
_STATUS = re.compile(r"^\s*exitcode\s*:\s*(-?\d+) \(pid:")


def shared(lines: Sequence[str], number: int, stage: str) -> tuple[str, ...]:
    """Puts `torchrun` before the lines of a command.

    Args:
        lines: Each of the form `python -m MODULE ARGUMENTS`.
        number: Of processes.
        stage: For the message.

    Raises:
        ParamsError: If a line is none of a training that processes can share.
    """
    changed = []
    for line in lines:
        words = module_arguments(" ".join(line.split()))
        if words is None or words[0] not in SHARING:
            raise ParamsError(
                f"stage '{stage}' cannot be shared by processes",
                where="params.yaml: run.processes",
                why=f"its command is no `python -m` of {' or '.join(SHARING)}",
                remedy="remove its name there",
            )
        changed.append(shlex.join([*_LAUNCHER, "--nproc-per-node", str(number), "-m", *words]))
    return tuple(changed)


def shared_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Adds what `torchrun` would else warn of, and keeps what the processes send on this machine."""
    chosen = {"OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        chosen["GLOO_SOCKET_IFNAME"] = "lo"
    return {**chosen, **environment}


def status_of_processes(tail: Sequence[str], status: int) -> int:
    """Gives how the processes ended, which `torchrun` prints: killed if one was, else as the first."""
    found = [int(match[1]) for line in tail if (match := _STATUS.match(line))]
    return min((one for one in found if one in (-9, -7)), default=found[0] if found else status)
