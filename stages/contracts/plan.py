"""A plan: proposed values for the section `prepare` of a domain, and the reason for each."""

from __future__ import annotations

from stages.contracts.artifact import Record
from stages.contracts.preparation import PrepareParams


class Plan(Record):
    """What `python -m stages.plan` writes; whoever takes it puts the values into params.yaml."""

    prepare: PrepareParams
    """Proposed values, as they stand in params.yaml."""
    why: dict[str, str]
    """One sentence per value, by its name; none for a value that has no choice."""
