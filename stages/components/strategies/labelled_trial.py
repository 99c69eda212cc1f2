"""Puts a trial together from artifacts: a transferred network, its features and the labelled cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stages.components.compute.device import choose_device
from stages.components.networks.blocks import fresh_blocks
from stages.components.networks.checkpoint import load_checkpoint
from stages.components.strategies.trial import Trial
from stages.components.training.budget import whole_patients, within_budget
from stages.components.training.training import Report
from stages.contracts.artifact import read_json
from stages.contracts.budget import Budget
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.description import require_fitting
from stages.contracts.errors import DataError
from stages.contracts.features import read_features
from stages.contracts.finetuning import FinetuneParams
from stages.contracts.ledger import Ledger
from stages.contracts.prepared import PreparedCases, hold, open_prepared


@dataclass(frozen=True)
class Inputs:
    """Where the artifacts lie that a trial is made of: the network's, its features', the target's cases."""

    transferred: Path
    features: Path
    prepared: Path


def open_trial(
    inputs: Inputs,
    params: FinetuneParams,
    seed: int,
    report: Report,
    budget: tuple[str, Budget] | None = None,
) -> tuple[Trial, Checkpoint, frozenset[str]]:
    """Reads what a trial needs.

    Args:
        inputs: Where it lies.
        params: The budget that all strategies share.
        seed: Of the trial.
        report: Takes each finished epoch.
        budget: A part of the labelled cases, with its name; None for all.

    Returns:
        The trial, the network's record, and the names of its specific tensors.

    Raises:
        DataError: If an artifact is damaged or of another checkpoint, or there is nothing to learn.
        ParamsError: If the network does not fit the cases.
    """
    record, network = load_checkpoint(inputs.transferred)
    cases = open_prepared(inputs.prepared, ("train", "val"))
    require_fitting(record.network.params, cases.preparation)
    labelled = choose_labelled(cases.only("train"), params.label_budget, budget[1] if budget else None)
    training, validation = hold(params.memory_budget_mb, labelled, cases.only("val"))
    require_something_to_learn(training, f"budgets.{budget[0]}" if budget else "finetune.label_budget")
    trial = Trial(
        network=network,
        spec=record.network,
        training=training,
        validation=validation,
        training_features=read_features(inputs.features, training.index["case_id"], record.weights_sha256),
        validation_features=read_features(
            inputs.features, validation.index["case_id"], record.weights_sha256
        ),
        recipe=params,
        device=choose_device(params.precision, params.threads, network),
        seed=seed,
        report=report,
    )
    specific = read_json(Ledger, inputs.transferred / "ledger.json").specific
    network.fresh = fresh_blocks(network.backbone, specific)
    return trial, record, specific


def choose_labelled(cases: PreparedCases, most: int | None, budget: Budget | None) -> PreparedCases:
    """Gives the training cases whose labels may be used.

    Args:
        cases: Of the training split.
        most: `finetune.label_budget`.
        budget: The part of these that a point of the learning curve uses; None for all.
    """
    labelled = within_budget(cases, most)
    return labelled if budget is None else whole_patients(labelled, budget.most(len(labelled.index)))


def require_something_to_learn(training: PreparedCases, key: str) -> None:
    """Makes sure that there is something to tell apart.

    Args:
        training: The labelled cases.
        key: Of the params that chose them.

    Raises:
        DataError: If all training cases are labelled alike.
    """
    drawn = training.preparation.task == "segmentation" and len(training.index)
    if drawn or training.index["target"].nunique() > 1:
        return
    raise DataError(
        "there is nothing to learn from the training cases",
        where=f"split 'train' of the target, within {key}",
        why=f"{len(training.labels)} cases, all labelled alike",
        remedy=f"raise {key}, or add cases",
    )
