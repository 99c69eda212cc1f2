"""Tells a person how a training goes: a line per epoch on standard error."""

from __future__ import annotations

import sys
import time

from stages.components.compute.processes import current
from stages.contracts.history import Epoch


class EpochLines:
    """Prints each epoch with its losses and the seconds left; about twenty lines for a long training."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start = time.monotonic()
        self._before: int | None = None

    def __call__(self, epoch: Epoch, epochs: int) -> None:
        """Prints the epoch where it is due; of several processes the first does."""
        if self._before is None:
            self._before = epoch.epoch - 1  # done by an earlier start, in another time
        if not current().first or (epoch.epoch % max(1, epochs // 20) and epoch.epoch != epochs):
            return
        spent = time.monotonic() - self._start
        left = spent / (epoch.epoch - self._before) * (epochs - epoch.epoch)
        filled = round(20 * epoch.epoch / epochs)
        validated = "" if epoch.val_loss is None else f", validation {epoch.val_loss:.3f}"
        bar = "█" * filled + "░" * (20 - filled)
        losses = f"loss {epoch.train_loss:.3f}{validated}"
        line = f"{self._name} {bar} epoch {epoch.epoch}/{epochs}, {losses}, {left:.0f} s left"
        print(line, file=sys.stderr, flush=True)
