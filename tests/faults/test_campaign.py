"""Kill -9 and SIGTERM at random moments: 40 by default, MEDGRAFT_KILLS for more."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.faults.campaign import Campaign

KILLS = int(os.environ.get("MEDGRAFT_KILLS", "40"))
LANES = 2
SEED = int(os.environ.get("MEDGRAFT_SEED", "1"))


def fight(root: Path, seed: int, kills: int) -> list[str]:
    campaign = Campaign(root, seed)
    return [campaign.kill_once() for _ in range(kills)]


@pytest.mark.slow
@pytest.mark.timeout(60 + 15 * KILLS)
def test_after_a_kill_at_any_moment_the_next_run_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    with ProcessPoolExecutor(LANES, multiprocessing.get_context("spawn")) as lanes:
        jobs = [lanes.submit(fight, tmp_path / f"{n}", SEED + n, KILLS // LANES) for n in range(LANES)]
        told = [line for job in jobs for line in job.result()]
    assert len(told) == KILLS // LANES * LANES
