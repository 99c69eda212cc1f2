"""Section `finetune`: what every fine-tuning shares, in whatever stage."""

from __future__ import annotations

from pydantic import Field

from stages.contracts.recipe import Recipe


class FinetuneParams(Recipe):
    """Section `finetune`: the budget that every strategy and the scratch control share."""

    label_budget: int | None = Field(default=None, ge=2)
    """Labelled training cases to use; null for all. The others of the training split stay unused."""
