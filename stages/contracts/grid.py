"""The grid: which domains, sources, strategies and seeds the graph in dvc.yaml is laid out over."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from stages.contracts.budget import ALL
from stages.contracts.params import Params

Run = tuple[str, str, int]
"""Source, strategy and seed."""
# These names become parts of paths and commands, so they hold nothing that a shell or a path reads.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


class Grid(Params):
    """Section `grid`: adding an entry to a list runs only what is new."""

    domains: tuple[Name, ...]
    """Domains with data of their own: `target`, and every source trained here."""
    trained: tuple[Name, ...]
    """Sources that `train_source` trains."""
    imported: tuple[Name, ...]
    """Sources whose weights `import_source` imports."""
    sources: tuple[Name, ...] = Field(min_length=1)
    """Sources to transfer from: the trained and the imported ones, or some of them."""
    strategies: tuple[Name, ...]
    """Keys of the section `strategies`, all of which are trained; may be empty where some are searched."""
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    """Each candidate is fine-tuned once per seed."""
    budgets: tuple[Name, ...] = ()
    """Keys of the section `budgets`: every candidate is fine-tuned on these parts of the labels too."""

    searched: tuple[Name, ...] = ()
    """Keys of `strategies` that are searched: only the best, with its source, is trained to the end."""

    @field_validator("strategies", mode="before")
    @classmethod
    def _written_out(cls, strategies: object) -> object:
        if strategies == "auto":
            raise ValueError("`auto` is written out by `medgraft run --set grid.strategies=auto`")
        return strategies

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name in type(self).model_fields:
            if twice := [entry for entry, count in Counter(getattr(self, name)).items() if count > 1]:
                raise ValueError(f"{name} must hold '{twice[0]}' once")
        if both := set(self.trained) & set(self.imported):
            raise ValueError(f"a source is either trained or imported: {', '.join(sorted(both))}")
        if "target" not in self.domains:
            raise ValueError("domains must hold 'target'")
        if missing := set(self.trained) - set(self.domains):
            raise ValueError(f"domains must hold every trained source: {', '.join(sorted(missing))}")
        if both := set(self.strategies) & set(self.searched):
            raise ValueError(f"a strategy is either listed or searched: {', '.join(sorted(both))}")
        if not (self.strategies or self.searched):
            raise ValueError("strategies must hold an entry, or searched")
        if self.budgets and not self.strategies:
            raise ValueError("budgets are of the listed strategies, and strategies is empty")
        if ALL in self.budgets:
            raise ValueError(f"no budget may be called '{ALL}': that is every labelled case")
        if missing := set(self.sources) - {*self.trained, *self.imported}:
            raise ValueError(f"sources must be trained or imported: {', '.join(sorted(missing))}")
        return self

    def runs(self) -> list[Run]:
        """Gives every (source, strategy, seed)."""
        return list(itertools.product(self.sources, self.strategies, self.seeds))

    def candidates(self) -> list[tuple[str, str]]:
        """Gives every searched (source, strategy)."""
        return list(itertools.product(self.sources, self.searched))

    def searched_runs(self) -> list[Run]:
        """Gives every (source, strategy, seed) that the search may choose."""
        return list(itertools.product(self.sources, self.searched, self.seeds))


def run_name(run: Run, budget: str | None = None) -> str:
    """Names the folder of a run; names hold no hyphen, so that no two runs share one."""
    return "-".join(map(str, run if budget is None else (budget, *run)))
