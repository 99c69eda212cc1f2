"""What `torchrun` tells the processes that it starts for one stage."""

from __future__ import annotations

import os

SHARING = ("stages.train_source", "stages.finetune")
"""Modules of the stages whose training several processes can share."""


def started() -> int:
    """Gives the number of processes that `torchrun` has started; 1 without it."""
    return int(os.environ["WORLD_SIZE"]) if "RANK" in os.environ and "WORLD_SIZE" in os.environ else 1


def is_first() -> bool:
    """Tells whether this process writes for all of them."""
    return started() == 1 or os.environ["RANK"] == "0"
