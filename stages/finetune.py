"""Fine-tunes a transferred network on the target's few labelled cases, by one strategy and one seed.

With `--budget` on a part of them: a point of the learning curve over label budgets.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.budget import Budget
from stages.contracts.description import require_fitting
from stages.contracts.errors import DataError, guarded
from stages.contracts.features import read_features
from stages.contracts.history import write_history
from stages.contracts.ledger import Ledger
from stages.contracts.params import load_params
from stages.contracts.prepared import PreparedCases, hold, open_prepared
from stages.contracts.recipe import Recipe
from stages.contracts.strategy import StrategyParams

if TYPE_CHECKING:
    from stages.components.strategies.trial import Trained, Trial


class FinetuneParams(Recipe):
    """Section `finetune`: the budget that every strategy and the scratch control share."""

    label_budget: int | None = Field(default=None, ge=2)
    """Labelled training cases to use; null for all. The others of the training split stay unused."""


def finetune(trial: Trial, strategy: StrategyParams) -> Trained:
    """Fine-tunes a transferred network.

    Args:
        trial: Network, cases and budget; the network may be changed in place.
        strategy: How.

    Returns:
        The fine-tuned network, its learning curve and what is said of the validation cases.
    """
    from stages.components.strategies.choice import train

    return train(trial, strategy)


def main() -> None:
    """Reads network, features and cases; writes checkpoint, dW, validation predictions and curve."""
    parser = argparse.ArgumentParser(prog="stages.finetune")
    parser.add_argument("--strategy", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--budget")
    for name in ("transferred", "features", "prepared", "out", "history"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(FinetuneParams, "finetune")
    budget = load_params(Budget, f"budgets.{args.budget}") if args.budget else None
    if budget and budget.epochs:
        params = params.model_copy(update={"epochs": budget.epochs})
    strategy = load_params(StrategyParams, f"strategies.{args.strategy}")
    from stages.components.blocks import fresh_blocks
    from stages.components.changes import compare
    from stages.components.checkpoint import load_checkpoint, save_checkpoint
    from stages.components.device import choose_device
    from stages.components.progress import EpochLines
    from stages.components.strategies.trial import Trial
    from stages.components.tasks.choice import objective_of

    record, network = load_checkpoint(args.transferred)
    cases = open_prepared(args.prepared, ("train", "val"))
    require_fitting(record.network.params, cases.preparation)
    labelled = choose_labelled(cases.only("train"), params.label_budget, budget)
    training, validation = hold(params.memory_budget_mb, labelled, cases.only("val"))
    require_something_to_learn(training, f"budgets.{args.budget}" if budget else "finetune.label_budget")
    trial = Trial(
        network=network,
        spec=record.network,
        training=training,
        validation=validation,
        training_features=read_features(args.features, training.index["case_id"], record.weights_sha256),
        validation_features=read_features(args.features, validation.index["case_id"], record.weights_sha256),
        recipe=params,
        device=choose_device(params.precision, params.threads, network),
        seed=args.seed,
        report=EpochLines(
            " ".join(filter(None, (args.budget, record.source, args.strategy, f"seed {args.seed}")))
        ),
    )
    specific = read_json(Ledger, args.transferred / "ledger.json").specific
    network.fresh = fresh_blocks(network.backbone, specific)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    trained = finetune(trial, strategy)
    scratch = strategy.root.kind == "scratch"
    with whole_folder(args.out) as out:
        save_checkpoint(
            out,
            trained.network,
            record.network,
            origin="finetuned",
            source=record.source,
            strategy=args.strategy,
            parent_sha256=None if scratch else record.weights_sha256,
            training_cases=len(training.labels),
            environment=trial.device.environment(args.seed),
        )
        changes = compare(before, trained.network, from_source=not scratch, specific=specific)
        write_json(changes, out / "changes.json")
        objective = objective_of(record.network.task, record.network.classes)
        table = objective.tabulate(validation, trained.fitted.validation)
        table.to_parquet(out / "validation.parquet", index=False)
    write_history(trained.fitted.history, args.history)


def choose_labelled(cases: PreparedCases, most: int | None, budget: Budget | None) -> PreparedCases:
    """Gives the training cases whose labels may be used.

    Args:
        cases: Of the training split.
        most: `finetune.label_budget`.
        budget: The part of these that a point of the learning curve uses; None for all.
    """
    from stages.components.budget import whole_patients, within_budget

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


if __name__ == "__main__":
    sys.exit(guarded(main))
