"""Measures the work of a stage, from after its imports on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stopwatch:
    """Runs from when it is made; in text it says what has passed since.

    Attributes:
        wall: When it was made, by the wall clock.
        processor: Likewise by the process's own time on all cores, which other load on the machine hardly
            changes.
    """

    wall: float = field(default_factory=time.perf_counter)
    processor: float = field(default_factory=time.process_time)

    def __str__(self) -> str:
        wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        return f"in {wall:.2f} s ({processor:.3f} s of processor time)"
