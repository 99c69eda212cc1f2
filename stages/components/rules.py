"""Says which checks a domain has to pass, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from stages.components import balance, composition, labelling, screening
from stages.components.screening import Check
from stages.contracts.manifest import Split, Task


@dataclass(frozen=True)
class Rules:
    """What is asked of a domain.

    Attributes:
        task: What the labels are.
        classes: Names of the classes.
        given_splits: Whether the splits came with the data.
        wanted: Splits in which every class has to occur.
        least: Cases that a class needs.
        bits: By which perceptual hashes of near-duplicates may differ; None not to look for any.
    """

    task: Task
    classes: tuple[str, ...]
    given_splits: bool
    wanted: tuple[Split, ...]
    least: int
    bits: int | None

    def before_splitting(self) -> list[Check]:
        """Gives the checks of single cases, and of what the data themselves say about splits."""
        checks: list[Check] = [screening.flaws, screening.misnamed]
        if self.task == "segmentation":
            checks.append(partial(labelling.mask_values, classes=self.classes))
        elif self.task != "none":
            checks.append(partial(labelling.labels, task=self.task, classes=self.classes))
        if self.given_splits:
            checks += [composition.missing_splits, composition.patients_in_two_splits]
        return [*checks, screening.label_conflicts]

    def after_splitting(self) -> list[Check]:
        """Gives the checks that need to know every case's group and split."""
        checks: list[Check] = [
            partial(screening.exact_duplicates, given_splits=self.given_splits),
            composition.unknown_patients,
        ]
        if not self.given_splits:
            checks.append(composition.large_groups)
        if self.bits is not None:
            checks.append(partial(composition.near_duplicates_across, bits=self.bits))
        return [*checks, self._sizes()]

    def _sizes(self) -> Check:
        if self.task not in labelling.WITH_CLASSES:
            return partial(balance.split_sizes, wanted=self.wanted)
        sizes = partial(balance.class_sizes, task=self.task, classes=self.classes)
        return partial(sizes, wanted=self.wanted, least=self.least)
