"""Which stages the weights of a model descend from; the others made candidates that were not selected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.plan import group_of


def ancestors_of(
    stages: Mapping[str, LockedStage], made_from: Mapping[str, list[str]], weights: Collection[str]
) -> set[str]:
    """Names the stages that the weights come from, and those that they went through.

    Args:
        stages: As dvc.lock or a record has them.
        made_from: For each stage those that made what it read.
        weights: Paths of the checkpoints on the way to the model.
    """
    makers = {
        name
        for name, stage in stages.items()
        if any(overlap(out.path, path) for out in stage.outs for path in weights)
    }
    children: dict[str, list[str]] = defaultdict(list)
    for name, sources in made_from.items():
        for source in sources:
            children[source].append(name)
    fits = {name for name in makers if group_of(name) == "finetune"} or makers
    return _closure(fits, made_from) | _closure(fits, children)


def needed_for(last: str, stages: Mapping[str, LockedStage]) -> Mapping[str, LockedStage]:
    """Gives a stage and those that it needs; all of them where there is no such stage."""
    if last not in stages:
        return stages
    read = {name: stage.inputs for name, stage in stages.items()}
    made_from = {
        name: [maker for maker, other in stages.items() if maker != name and _reads(read[name], other)]
        for name in stages
    }
    needed = _closure([last], made_from)
    return {name: stage for name, stage in stages.items() if name in needed}


def _reads(inputs: Collection[LockedPath], other: LockedStage) -> bool:
    return any(overlap(out.path, dep.path) for dep in inputs for out in other.outs)


def _closure(start: Collection[str], following: Mapping[str, list[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        fresh = set(following.get(waiting.pop(), ())) - reached
        reached |= fresh
        waiting += fresh
    return reached


def overlap(one: str, other: str) -> bool:
    """Tells whether one path is the other, or lies in it, either way."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
