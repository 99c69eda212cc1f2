"""One candidate on one rung of the search: trained for a while and scored on validation, or dropped."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.checkpoint import RECORD
from stages.contracts.errors import guarded
from stages.contracts.finetuning import FinetuneParams
from stages.contracts.grid import Grid
from stages.contracts.params import Params, load_params
from stages.contracts.predictions import require_scorable
from stages.contracts.preparation import Preparation
from stages.contracts.prepared import open_prepared
from stages.contracts.search import ENTRY, Entry
from stages.contracts.stopwatch import Stopwatch
from stages.contracts.strategy import StrategyParams
from stages.contracts.task import Metric, metric_of

if TYPE_CHECKING:
    from stages.components.strategies.trial import Trial

RUNGS = 3
"""Of the ladder in dvc.yaml."""


class HalveParams(Params):
    """Section `halve`: the search over the sources and the strategies in `grid.searched`."""

    seconds: float = Field(gt=0)
    """Training time of the whole search, as predicted from operations and `speed`; every rung has a third."""
    keep: float = Field(default=0.5, gt=0, lt=1)
    """Share of the candidates that goes on from a rung to the next."""
    metric: Metric | None = None
    """Validation score that decides; null for the task's own."""
    speed: float = Field(default=2e10, gt=0)
    """Floating-point operations per second of training on this machine."""
    seed: int = Field(default=0, ge=0)
    """Of every training of the search."""


def halve(trial: Trial, strategy: StrategyParams, metric: Metric) -> float:
    """Fine-tunes a candidate and scores it on validation.

    Args:
        trial: Network, cases and the epochs of the rung.
        strategy: How.
        metric: Which score.
    """
    from stages.components.scores.ranking import rank
    from stages.components.scores.scored import Reading
    from stages.components.strategies.choice import train
    from stages.components.tasks.choice import objective_of

    facts = trial.validation.preparation
    trained = train(trial, strategy)
    table = objective_of(facts.task, facts.classes).tabulate(trial.validation, trained.fitted.validation)
    require_scorable(table, facts.task, facts.classes, "val")
    positive = 1 if facts.task == "classes" and len(facts.classes) == 2 else None
    return rank({("", "", 0): table}, Reading(facts.task, facts.classes, positive), metric)[0].mean


def main() -> None:
    """Reads the rung before; writes the candidate's entry of this one."""
    args = _arguments()
    params, grid = load_params(HalveParams, "halve"), load_params(Grid, "grid")
    strategy = load_params(StrategyParams, f"strategies.{args.strategy}")
    first = (args.after / args.source / RECORD).is_file()
    candidate = (args.source, args.strategy)
    place = (
        enter(args.after, args.prepared, candidate, grid)
        if first
        else climb(args.after, candidate, grid, params)
    )
    task = read_json(Preparation, args.prepared / "preparation.json").task
    metric = metric_of(task, params.metric, "halve.metric")
    entry = Entry(
        source=args.source,
        strategy=args.strategy,
        control=strategy.root.kind == "scratch",
        flops=place.flops,
        epochs=0,
        metric=metric,
        score=place.score,
    )
    if not place.rivals:
        _write(entry, args.out)
        return
    from stages.components.strategies.halving import seconds_of
    from stages.components.training.resumption import Resumption

    recipe, name = load_params(FinetuneParams, "finetune"), f"search: {args.source} {args.strategy}"
    resumption = Resumption(args.out, name, recipe, strategy)
    trial = _rung_of(args, recipe, params, place.rivals, name)
    epochs = trial.recipe.epochs
    watch = Stopwatch()
    score = halve(replace(trial, resumption=resumption), strategy, metric)
    predicted = seconds_of(place.flops, epochs * len(trial.training.labels), params.speed)
    print(f"{name}: {epochs} epochs {watch}; by halve.speed {predicted:.2f} s were predicted")
    _write(entry.model_copy(update={"epochs": epochs, "score": score}), args.out)
    resumption.discard()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stages.halve")
    for name in ("source", "strategy"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("after", "transferred", "features", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args()


def _rung_of(
    args: argparse.Namespace, recipe: FinetuneParams, params: HalveParams, rivals: tuple[int, ...], name: str
) -> Trial:
    """Gives the candidate's training, with as many epochs as the rung's seconds last."""
    from stages.components.compute.progress import EpochLines
    from stages.components.strategies.halving import epochs_of
    from stages.components.strategies.labelled_trial import Inputs, open_trial

    inputs = Inputs(args.transferred, args.features, args.prepared)
    trial, _, _ = open_trial(inputs, recipe, params.seed, EpochLines(name))
    cases = len(trial.training.labels)
    epochs = epochs_of(rivals, cases, params.seconds / RUNGS, params.speed, recipe.epochs)
    return replace(trial, recipe=recipe.model_copy(update={"epochs": epochs}))


def _write(entry: Entry, folder: Path) -> None:
    with whole_folder(folder) as out:
        write_json(entry, out / ENTRY)


@dataclass(frozen=True)
class Place:
    """Where a candidate stands before a rung.

    Attributes:
        flops: Of its network on one case.
        score: At its last training; None where it has none, or is dropped.
        rivals: Operations of all that train on this rung, itself included; empty where it does not.
    """

    flops: int
    score: float | None
    rivals: tuple[int, ...]


def enter(transferred: Path, prepared: Path, candidate: tuple[str, str], grid: Grid) -> Place:
    """Lets every candidate onto the first rung, whatever it costs.

    Args:
        transferred: Folder with the transferred network of every source.
        prepared: The target's cases.
        candidate: Source and strategy.
        grid: Who else enters.
    """
    from stages.components.networks.checkpoint import load_checkpoint
    from stages.components.strategies.cost import count_flops

    cases = open_prepared(prepared, ("train",))
    flops = {source: count_flops(load_checkpoint(transferred / source)[1], cases) for source in grid.sources}
    return Place(flops[candidate[0]], None, tuple(flops[source] for source, _ in grid.candidates()))


def climb(rung: Path, candidate: tuple[str, str], grid: Grid, params: HalveParams) -> Place:
    """Reads whether a candidate goes on from a rung, and with whom.

    Args:
        rung: Folder with the entry of every candidate.
        candidate: Source and strategy.
        grid: Who the candidates are; the folder may hold others of an earlier grid.
        params: How many go on.
    """
    from stages.components.strategies.halving import going_on, is_alone

    entries = {one: read_json(Entry, rung / "-".join(one) / ENTRY) for one in grid.candidates()}
    own, field = entries[candidate], going_on(list(entries.values()), params.keep)
    if own not in field:
        return Place(own.flops, None, ())
    if is_alone(own, field):  # its score stands: there is nobody to compare it with
        return Place(own.flops, own.score, ())
    return Place(own.flops, None, tuple(entry.flops for entry in field if not is_alone(entry, field)))


if __name__ == "__main__":
    sys.exit(guarded(main))
