"""What a stage says of its own time is the wall's and the processor's."""

from __future__ import annotations

import re
import time

from stages.contracts.stopwatch import Stopwatch


def test_waiting_takes_no_processor_time_and_computing_does() -> None:
    watch = Stopwatch()
    time.sleep(0.3)
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    said = re.fullmatch(r"in (\S+) s \((\S+) s of processor time\)", str(watch))
    assert said
    wall, processor = float(said[1]), float(said[2])
    assert wall >= 0.34
    assert 0.05 <= processor < 0.25
