"""Label budgets: how many of the labelled training cases a point of the learning curve uses."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from stages.contracts.params import Params

ALL = "all"
"""Name of the point with every labelled case; no budget may have it."""


class Budget(Params):
    """One entry of the section `budgets`; name it in `grid.budgets`."""

    share: float | None = Field(default=None, gt=0, lt=1)
    """Of the labelled training cases (those within `finetune.label_budget`)."""
    cases: int | None = Field(default=None, ge=2)
    """So many of them, in place of `share`."""
    epochs: int | None = Field(default=None, ge=1)
    """In place of `finetune.epochs`, for every strategy: with few cases an epoch is few steps."""

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.share is None) == (self.cases is None):
            raise ValueError("a budget is either a `share` or a number of `cases`")
        return self

    def most(self, labelled: int) -> int:
        """Gives the most cases that the budget buys of so many labelled ones."""
        return self.cases or round((self.share or 0) * labelled)
