"""Runs stages as processes that are killed in mid-training, and once more.

They are forks of this process, which imports torch once for all of them.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import sys

from stages.components.compute import progress
from stages.components.training import resumption
from stages.contracts.history import Epoch


def main() -> None:
    """Takes JSON: a list of argument lists and an epoch; prints how both lives of each ended."""
    commands, at = json.loads(sys.argv[1])
    for module in ("stages.train_source", "stages.finetune", "stages.components.strategies.labelled_trial"):
        importlib.import_module(module)
    resumption.SHARE = 0  # every epoch is kept
    ends = [(live(command, at), live(command, None)) for command in commands]
    print(json.dumps(ends))


def live(command: list[str], killed_at: int | None) -> int:
    """Runs a stage in a fork; gives its exit status, negative for a signal."""
    if (child := os.fork()) == 0:
        before = progress.EpochLines.__call__

        def report(self: progress.EpochLines, epoch: Epoch, epochs: int) -> None:
            before(self, epoch, epochs)
            if epoch.epoch == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

        progress.EpochLines.__call__ = report  # type: ignore[method-assign]
        sys.argv = command
        sys.modules.pop(command[0], None)
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
