"""Finds the objective of cases by what their labels are."""

from __future__ import annotations

from stages.components.tasks.classes import Classes
from stages.components.tasks.masks import Masks
from stages.components.tasks.multilabel import Labels
from stages.components.tasks.objective import Objective
from stages.components.tasks.ordinal import Grades
from stages.components.tasks.regression import Numbers
from stages.contracts.task import Task


def objective_of(task: Task, classes: tuple[str, ...]) -> Objective:
    """Gives the objective.

    Args:
        task: What the labels are.
        classes: Their names; of a regression, none.
    """
    match task:
        case "ordinal":
            return Grades(classes)
        case "multilabel":
            return Labels(classes)
        case "regression":
            return Numbers()
        case "segmentation":
            return Masks(classes)
        case _:
            return Classes(classes)
