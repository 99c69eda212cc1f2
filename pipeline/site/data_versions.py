"""The data over time: what each model was made from, by class and by intensity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.lineage.record import DomainRecord
from pipeline.report.drawing import Drawing
from pipeline.site.balance import draw_balance
from pipeline.site.intensities import draw_intensity
from pipeline.site.model import SiteModel

_TARGET = "target"
ROOM = 8
TITLES = {"mean": "Mean intensity", "deviation": "Contrast"}


@dataclass(frozen=True)
class DataVersion:
    """One state of a domain.

    Attributes:
        domain: As the record of its first model has it.
        model: That model; the ones after it had the same data until the next version.
    """

    domain: DomainRecord
    model: SiteModel

    @property
    def classes(self) -> dict[str, int]:
        """Cases in use by class, in all splits."""
        names = dict.fromkeys(name for counts in self.domain.counts.values() for name in counts)
        return {name: sum(c.get(name, 0) for c in self.domain.counts.values()) for name in names}

    @property
    def shown(self) -> tuple[tuple[str, int], ...]:
        """Cases by class, of as many classes as a cell has room for, those with the most cases."""
        ordered = sorted(self.classes.items(), key=lambda one: -one[1])
        return tuple(self.classes.items()) if len(ordered) <= ROOM else tuple(ordered[:ROOM])

    @property
    def cases(self) -> int:
        """Cases in use."""
        return sum(split.cases for split in self.domain.splits.values())


@dataclass(frozen=True)
class DataHistory:
    """All versions of a domain, the oldest first, and what is drawn of them."""

    name: str
    versions: tuple[DataVersion, ...]
    drawings: tuple[Drawing, ...]


def read_histories(models: Sequence[SiteModel]) -> tuple[DataHistory, ...]:
    """Gives the history of every domain that models were made from, the target first.

    Args:
        models: The oldest first.
    """
    names = {domain.name for model in models for domain in model.record.domains}
    ordered = sorted(names, key=lambda name: (name != _TARGET, name))
    return tuple(_history(name, models) for name in ordered)


def _history(name: str, models: Sequence[SiteModel]) -> DataHistory:
    versions: list[DataVersion] = []
    for model in models:
        for domain in model.record.domains:
            known = versions[-1].domain.manifest_sha256 if versions else None
            if domain.name == name and domain.manifest_sha256 != known:
                versions.append(DataVersion(domain, model))
    return DataHistory(name, tuple(versions), _draw(name, versions))


def _draw(name: str, versions: Sequence[DataVersion]) -> tuple[Drawing, ...]:
    """Draws what at least two versions say something of."""
    days = [version.model.made[:10] for version in versions]
    drawings: list[Drawing] = []
    balances = [version.classes for version in versions]
    if sum(map(bool, balances)) > 1 and len({label for one in balances for label in one}) > 1:
        drawings.append(draw_balance(f"{name}-balance", days, balances))
    for measure, title in TITLES.items():
        found = [version.domain.intensities.get(measure) for version in versions]
        if sum(map(bool, found)) > 1:
            drawings.append(draw_intensity(f"{name}-{measure}", title, days, found))
    return tuple(drawings)
