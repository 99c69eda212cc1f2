"""Planted transfers get the verdict that they deserve; benchmarks/planted.py does it for 20 seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.planted import run_planted

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [0, 1])
def test_a_source_of_shuffled_labels_is_never_positive_and_one_of_the_same_task_always(
    tmp_path: Path, seed: int
) -> None:
    shuffled, strong = run_planted(tmp_path, seed)
    assert (shuffled.source, strong.source) == ("shuffled", "strong")
    assert shuffled.verdict in ("negative", "inconclusive"), shuffled
    assert strong.verdict == "positive", strong
    assert shuffled.scratch == strong.scratch, "both met the same control"
