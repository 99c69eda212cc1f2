"""A model as the site shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.lineage.listing import ListedModel
from pipeline.lineage.record import LineageRecord
from pipeline.report.wording import metric_name
from stages.contracts.task import LOWER_IS_BETTER

Standing = Literal["champion", "former", "refused", "other"]
DIGITS = 16
_DECISIONS = {
    "promoted": "promoted",
    "refused": "refused",
    "kept": "not judged",
    "rolled_back": "champion again",
    "withdrawn": "a patient or case withdrew",
    "retrained": "to be decided",
}


@dataclass(frozen=True)
class SiteModel:
    """A model on record.

    Attributes:
        record: All that is on record.
        listed: Its line of the list of models.
    """

    record: LineageRecord
    listed: ListedModel

    @property
    def short(self) -> str:
        """The version, else the identity's first digits."""
        return f"v{self.listed.version}" if self.listed.version else self.record.identity[:8]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.listed.name} {self.short}"

    @property
    def page(self) -> str:
        """Its page, below the site's folder."""
        return f"models/{self.record.identity[:DIGITS]}.html"

    @property
    def standing(self) -> Standing:
        """What became of it."""
        if self.listed.champion:
            return "champion"
        if self.listed.version:
            return "former"
        return "refused" if self.listed.decision == "refused" else "other"

    @property
    def decision(self) -> str:
        """The last decision about it, in words."""
        return _DECISIONS[self.listed.decision] if self.listed.decision else "none yet"

    @property
    def made(self) -> str:
        """When it was made, UTC, to the minute."""
        return minute(self.listed.made_at)

    @property
    def metric(self) -> str:
        """Usual name of the metric of its verdict."""
        return metric_name(self.listed.metric)

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller score is the better one."""
        return self.listed.metric in LOWER_IS_BETTER

    @property
    def seconds(self) -> float:
        """Of the stages that its run ran or restored."""
        return sum(self.record.observed.stage_seconds.values())


def minute(time: str) -> str:
    """Writes a time, ISO 8601 in UTC, to the minute."""
    return time[:16].replace("T", " ")
