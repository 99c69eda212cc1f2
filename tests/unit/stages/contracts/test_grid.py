from __future__ import annotations

import pytest

from stages.contracts.errors import ParamsError
from stages.contracts.grid import Grid
from stages.contracts.params import parse_params

GRID = {
    "domains": ["target", "formula"],
    "trained": ["formula"],
    "imported": ["imagenet"],
    "sources": ["formula", "imagenet"],
    "strategies": ["scratch", "full"],
    "seeds": [0, 1],
}


def test_every_combination_is_a_run() -> None:
    runs = Grid.model_validate(GRID).runs()
    assert len(runs) == len(set(runs)) == 8
    assert ("imagenet", "full", 1) in runs


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"domains": ["formula"]}, "domains must hold 'target'"),
        ({"domains": ["target"]}, "domains must hold every trained source: formula"),
        ({"sources": ["other"]}, "sources must be trained or imported: other"),
        ({"seeds": [0, 0]}, "seeds must hold '0' once"),
        ({"strategies": ["scratch", "full", "scratch"]}, "strategies must hold 'scratch' once"),
        ({"imported": ["formula"]}, "a source is either trained or imported: formula"),
        ({"strategies": "auto"}, "written out by `medgraft run --set grid.strategies=auto`"),
        ({"strategies": []}, "strategies must hold an entry, or searched"),
        (
            {"strategies": [], "searched": ["full"], "budgets": ["half"]},
            "budgets are of the listed strategies",
        ),
        ({"seeds": []}, "at least 1 item"),
        ({"seeds": [-1]}, "greater than or equal to 0"),
        ({"strategies": ["scratch; rm -rf ."]}, "should match pattern"),
        ({"sources": ["../formula"]}, "should match pattern"),
        ({"sources": ["a-b"]}, "should match pattern"),
    ],
)
def test_a_grid_that_cannot_be_laid_out_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ParamsError) as caught:
        parse_params(Grid, GRID | change, "grid")
    assert why in caught.value.why
