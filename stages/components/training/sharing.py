"""Which trainings several processes can share, with the result of one."""

from __future__ import annotations

from stages.components.compute.processes import Processes
from stages.components.training.optimisation import Pace, batch_bounds
from stages.contracts.errors import ParamsError, UsageError
from stages.contracts.processes import SHARING, started
from stages.contracts.recipe import Recipe
from stages.contracts.task import Task


def require_shareable(processes: Processes, task: Task, recipe: Recipe, pace: Pace, cases: int) -> None:
    """Refuses what would come out otherwise than from one process, or not at all.

    Args:
        processes: That share the training.
        task: Its kind.
        recipe: How it is trained.
        pace: Its penalty.
        cases: Of training.

    Raises:
        UsageError: If the stage was started several times and does not share its training.
        ParamsError: If a batch's loss is no mean over its cases, or has too few of them.
    """
    if processes.number == 1:
        if started() > 1:
            raise UsageError(
                "this stage does not share its training",
                where="torchrun's --nproc-per-node",
                why=f"only {' and '.join(SHARING)} do",
                remedy="start it once, with `python -m`",
            )
        return
    if task == "ordinal":
        raise _apart("a task of kind 'ordinal'", "each border has its own number of cases", "use one process")
    if task == "classes" and recipe.class_weights:
        remedy = "set `balanced_sampling` instead, or use one process"
        raise _apart("`class_weights`", "the loss is divided by the sum of the batch's weights", remedy)
    if pace.of_features:
        raise _apart(
            "the strategy's penalty", "it looks at the features of a batch as a whole", "use one process"
        )
    smallest = min(stop - start for start, stop in batch_bounds(cases, recipe.batch_size))
    if smallest < processes.number:
        why = f"the smallest batch has {smallest} cases for {processes.number} processes"
        raise _apart("this `batch_size`", why, "choose another one, or fewer processes")


def _apart(what: str, why: str, remedy: str) -> ParamsError:
    return ParamsError(
        f"processes cannot share a training with {what}",
        where="params.yaml: run.processes, or torchrun's --nproc-per-node",
        why=why,
        remedy=remedy,
    )
