"""Fine-tunes a transferred network on the target's few labelled cases, by one strategy and one seed.

With `--budget` on a part of them: a point of the learning curve over label budgets. With `--rung` only if the
search, of which that is the last rung, found nothing better.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.budget import Budget
from stages.contracts.errors import guarded
from stages.contracts.finetuning import FinetuneParams
from stages.contracts.grid import Grid
from stages.contracts.history import write_history
from stages.contracts.params import load_params
from stages.contracts.processes import is_first
from stages.contracts.search import DROPPED, ENTRY, Entry
from stages.contracts.strategy import StrategyParams

if TYPE_CHECKING:
    from stages.components.strategies.trial import Trained, Trial
    from stages.contracts.checkpoint import Checkpoint


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
    args = _arguments()
    params, part = _recipe(args.budget)
    strategy = load_params(StrategyParams, f"strategies.{args.strategy}")
    if args.rung and drop(args.rung, args.transferred.name, args.strategy, args.out, args.history):
        return
    from stages.components.compute.processes import joined
    from stages.components.compute.progress import EpochLines
    from stages.components.grafting.changes import compare
    from stages.components.strategies.labelled_trial import Inputs, open_trial
    from stages.components.training.resumption import Resumption

    words = (args.budget, args.transferred.name, args.strategy, f"seed {args.seed}")
    name = " ".join(filter(None, words))
    report, resumption = EpochLines(name), Resumption(args.out, name, params, strategy)
    inputs = Inputs(args.transferred, args.features, args.prepared)
    with joined() as processes:
        trial, record, specific = open_trial(inputs, params, args.seed, report, part)
        before = {name: tensor.clone() for name, tensor in trial.network.state_dict().items()}
        trained = finetune(replace(trial, resumption=resumption), strategy)
    if not processes.first:
        return
    transferred = strategy.root.kind != "scratch"
    with whole_folder(args.out) as out:
        write(out, trial, trained, record, args.strategy, record.weights_sha256 if transferred else None)
        changes = compare(before, trained.network, from_source=transferred, specific=specific)
        write_json(changes, out / "changes.json")
    write_history(trained.fitted.history, args.history)
    resumption.discard()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stages.finetune")
    parser.add_argument("--strategy", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--budget")
    parser.add_argument("--rung", type=Path)
    for name in ("transferred", "features", "prepared", "out", "history"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args()


def _recipe(name: str | None) -> tuple[FinetuneParams, tuple[str, Budget] | None]:
    """Gives how to train, and the label budget by its name where there is one."""
    params = load_params(FinetuneParams, "finetune")
    if not name:
        return params, None
    budget = load_params(Budget, f"budgets.{name}")
    return params.model_copy(update={"epochs": budget.epochs or params.epochs}), (name, budget)


def write(
    folder: Path, trial: Trial, trained: Trained, record: Checkpoint, strategy: str, parent: str | None
) -> None:
    """Writes the fine-tuned network, and what it says of the validation cases.

    Args:
        folder: An empty folder.
        trial: What was trained on.
        trained: The outcome.
        record: Of the transferred network.
        strategy: By which key in params.yaml.
        parent: SHA-256 of the weights that it began from; None for random ones.
    """
    from stages.components.networks.checkpoint import save_checkpoint
    from stages.components.tasks.choice import objective_of

    save_checkpoint(
        folder,
        trained.network,
        record.network,
        origin="finetuned",
        source=record.source,
        strategy=strategy,
        parent_sha256=parent,
        training_cases=len(trial.training.labels),
        environment=trial.device.environment(trial.seed),
    )
    objective = objective_of(record.network.task, record.network.classes)
    table = objective.tabulate(trial.validation, trained.fitted.validation)
    table.to_parquet(folder / "validation.parquet", index=False)


def drop(rung: Path, source: str, strategy: str, out: Path, history: Path) -> bool:
    """Writes that a searched candidate is not trained, where it has not won the last rung.

    Args:
        rung: What the last rung says of all candidates.
        source: Of the candidate.
        strategy: Likewise.
        out: Where its training would be.
        history: Its learning curve, which stays empty.
    """
    from stages.components.strategies.halving import going_on

    grid = load_params(Grid, "grid")
    entries = [read_json(Entry, rung / "-".join(candidate) / ENTRY) for candidate in grid.candidates()]
    if (source, strategy) in {(entry.source, entry.strategy) for entry in going_on(entries, 0)}:
        return False
    own = next(entry for entry in entries if (entry.source, entry.strategy) == (source, strategy))
    if is_first():
        with whole_folder(out) as folder:
            write_json(own, folder / DROPPED)
        write_history([], history)
    return True


if __name__ == "__main__":
    sys.exit(guarded(main))
