"""Kill -9 and SIGTERM at random moments: 40 by default, MEDGRAFT_KILLS for more."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.campaign import Campaign

KILLS = int(os.environ.get("MEDGRAFT_KILLS", "40"))
LANES = 2
SEED = int(os.environ.get("MEDGRAFT_SEED", "1"))


@pytest.mark.slow
@pytest.mark.timeout(60 + 15 * KILLS)
def test_after_a_kill_at_any_moment_the_next_run_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    def fight(lane: int) -> list[str]:
        campaign = Campaign(tmp_path / f"lane{lane}", SEED + lane)
        return [campaign.kill_once() for _ in range(KILLS // LANES)]

    with ThreadPoolExecutor(LANES) as lanes:
        told = [line for lines in lanes.map(fight, range(LANES)) for line in lines]
    assert len(told) == KILLS // LANES * LANES
