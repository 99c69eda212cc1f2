"""Says which checks a domain has to pass, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from stages.components.findings import (
    balance,
    composition,
    confounding,
    covariates,
    geometry,
    identification,
    labelling,
    prevalence,
    records,
    screening,
    withdrawal,
)
from stages.components.findings.screening import Check
from stages.contracts.manifest import Split
from stages.contracts.task import Task


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
        confounder_auc: Area under the ROC curve from which a fact beside the image is a confounder.
        records: Whether cases are rows of a table, and no images.
        unmeasured: Names of the records' features without a single value.
        withdrawn: Keys of whoever withdrew.
        salt: That the keys were made with.
    """

    task: Task
    classes: tuple[str, ...]
    given_splits: bool
    wanted: tuple[Split, ...]
    least: int
    bits: int | None
    confounder_auc: float
    records: bool = False
    unmeasured: tuple[str, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    salt: str = ""

    def before_splitting(self) -> list[Check]:
        """Gives the checks of single cases, and of what the data themselves say about splits."""
        checks: list[Check] = []
        if self.withdrawn:
            gone = partial(withdrawal.withdrawn, keys=self.withdrawn, salt=self.salt)
            checks.append(partial(gone, copies=not self.records))
        checks += [identification.header_identifiers, identification.identifying_names]
        checks += [screening.flaws, screening.misnamed]
        if self.task == "segmentation":
            checks.append(partial(labelling.mask_values, classes=self.classes))
        elif self.task != "none":
            checks.append(partial(labelling.labels, task=self.task, classes=self.classes))
        if self.given_splits:
            checks += [composition.missing_splits, composition.patients_in_two_splits]
        return checks if self.records else [*checks, screening.label_conflicts]

    def after_splitting(self) -> list[Check]:
        """Gives the checks that need to know every case's group and split."""
        copies = partial(screening.exact_duplicates, given_splits=self.given_splits)
        checks: list[Check] = [records.alike if self.records else copies, composition.unknown_patients]
        if not self.given_splits:
            checks.append(composition.large_groups)
        if self.bits is not None:
            checks.append(partial(composition.near_duplicates_across, bits=self.bits))
        values = self._of_records() if self.records else self._of_images()
        return [*checks, self._sizes(), *values, *self._of_covariates()]

    def _sizes(self) -> Check:
        if self.task not in labelling.WITH_CLASSES:
            return partial(balance.split_sizes, wanted=self.wanted)
        sizes = partial(balance.class_sizes, task=self.task, classes=self.classes)
        return partial(sizes, wanted=self.wanted, least=self.least)

    def _of_records(self) -> list[Check]:
        """Gives the checks of the features; they exclude nothing."""
        return [partial(records.unmeasured, features=self.unmeasured)]

    def _of_images(self) -> list[Check]:
        """Gives the checks whether the images are of one kind; they exclude nothing."""
        return [geometry.dimensions, geometry.colours, geometry.types, geometry.sizes, geometry.spacings]

    def _of_covariates(self) -> list[Check]:
        """Gives the checks of what stands beside the images, and of its relation to the classes."""
        checks: list[Check] = [covariates.telling_nothing, covariates.infinite]
        if self.task not in ("classes", "ordinal"):
            return checks
        # The values of a record are its features: of course they depend on the label.
        seen = {} if self.records else confounding.SEEN
        return [
            *checks,
            partial(prevalence.class_imbalance, classes=self.classes),
            partial(confounding.confounders, classes=self.classes, least=self.confounder_auc, seen=seen),
        ]
