"""`grid.strategies: auto` written out: every entry of `strategies` is searched, and as many controls.

DVC lays the stages out over the lists of the grid, and knows no `auto`; so the word becomes lists in
params.yaml, where a reader, DVC and the lineage see what is searched.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from pipeline.params.tree import set_values

AUTO = "auto"
SECONDS = 600
"""Of the search, where the section `halve` does not say."""
RATES = (0.1, 3.0)
"""Slowest and fastest learning rate of the controls that are added, as factors on the recipe's."""


def write_out(text: str) -> str:
    """Gives the text of a params file with `auto` written out; any other text as it is."""
    values = YAML(typ="safe").load(text)
    grid = values.get("grid") if isinstance(values, Mapping) else None
    if not isinstance(grid, Mapping) or grid.get("strategies") != AUTO:
        return text
    present = values.get("strategies") or {}
    added = more_controls(present)
    halve = {} if "halve" in values else {"halve": {"seconds": SECONDS}}
    return set_values(
        text,
        {f"strategies.{name}": entry for name, entry in added.items()}
        | {"grid.strategies": [], "grid.searched": [*present, *added]}
        | halve,
    )


def more_controls(strategies: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Gives the controls that are missing for the same tuning effort.

    Args:
        strategies: Section `strategies`.

    Returns:
        Entries of kind `scratch`, their learning rates evenly spread on a logarithmic scale.
    """
    controls = sum(isinstance(one, Mapping) and one.get("kind") == "scratch" for one in strategies.values())
    missing = max(len(strategies) - 2 * controls, 0)
    names = (f"scratch_{number}" for number in itertools.count(1))
    free = list(itertools.islice((name for name in names if name not in strategies), missing))
    low, high = RATES
    rates = [low * (high / low) ** ((place + 0.5) / missing) for place in range(missing)]
    return {name: {"kind": "scratch", "rate": round(rate, 2)} for name, rate in zip(free, rates, strict=True)}
