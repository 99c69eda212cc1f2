"""The graph of what made a model, from dvc.lock's stages: who read what whom made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.pedigree.ancestors import ancestors_of, needed_for, overlap
from pipeline.plan import group_of

LAST = "package"
"""The stage that everything else is for; a graph without it has all stages."""
Kind = Literal["stage", "others", "data"]


@dataclass(frozen=True)
class Node:
    """One stage, several alike that the weights do not descend from, or raw data.

    Attributes:
        key: Unique in the graph.
        kind: Which of them.
        title: Name of the stage or its group, or the path of the data.
        subtitle: The stage's own part of its name, or how many others there are.
        ancestor: Whether the model's weights come from here, or went through here.
        stages: Names of the stages, none for data.
        hashes: Path and hash, as DVC knows them, of the outputs or of the data.
    """

    key: str
    kind: Kind
    title: str
    subtitle: str
    ancestor: bool
    stages: tuple[str, ...]
    hashes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Graph:
    """Nodes, the model's last stage first, and for each the keys of what it was made from."""

    nodes: tuple[Node, ...]
    parents: dict[str, tuple[str, ...]]


def make_graph(stages: Mapping[str, LockedStage], weights: Collection[str]) -> Graph:
    """Makes the graph of a model.

    Args:
        stages: As dvc.lock or a record has them.
        weights: Paths of the checkpoints on the way to the model.
    """
    stages = needed_for(LAST, stages)
    inputs = {name: _inputs(name, stage, stages) for name, stage in stages.items()}
    made_from = {name: [one for one in found if isinstance(one, str)] for name, found in inputs.items()}
    ancestors = ancestors_of(stages, made_from, weights)
    keys = _keys(stages, ancestors)
    parents: dict[str, dict[str, None]] = defaultdict(dict)
    data: dict[str, Node] = {}
    for name, sources in inputs.items():
        for source in sources:
            if isinstance(source, LockedPath):
                old = data.get(source.path)
                used = name in ancestors or (old is not None and old.ancestor)
                data[source.path] = _data_node(source, used)
            parents[keys[name]][source.path if isinstance(source, LockedPath) else keys[source]] = None
    gathered: dict[str, list[str]] = defaultdict(list)
    for name, key in keys.items():
        gathered[key].append(name)
    nodes = {key: _stage_node(key, names, stages, ancestors) for key, names in gathered.items()} | data
    above = {
        key: tuple(sorted(found, key=lambda one: not nodes[one].ancestor)) for key, found in parents.items()
    }
    return Graph(tuple(nodes[key] for key in _from_the_model(nodes, above)), above)


def _inputs(name: str, stage: LockedStage, stages: Mapping[str, LockedStage]) -> list[str | LockedPath]:
    """Gives the stages that made what a stage read, and the data that none made."""
    found: dict[str | LockedPath, None] = {}
    for dep in stage.inputs:
        makers = [
            maker
            for maker, other in stages.items()
            if maker != name and any(overlap(out.path, dep.path) for out in other.outs)
        ]
        found |= dict.fromkeys(makers) if makers else {dep: None}
    return list(found)


def _keys(stages: Mapping[str, LockedStage], ancestors: Collection[str]) -> dict[str, str]:
    """Gives each stage its node: those of a group that are no ancestors share one."""
    others: dict[str, list[str]] = defaultdict(list)
    for name in stages:
        if name not in ancestors:
            others[group_of(name)].append(name)
    shared = {name: f"others-{group}" for group, names in others.items() if names[1:] for name in names}
    return {name: shared.get(name, name) for name in stages}


def _stage_node(
    key: str, names: list[str], stages: Mapping[str, LockedStage], ancestors: Collection[str]
) -> Node:
    group, _, own = names[0].partition("@")
    hashes = tuple((out.path, out.md5) for name in names for out in stages[name].outs)
    kind: Kind = "others" if names[1:] else "stage"
    subtitle = f"{len(names)} others" if names[1:] else own
    return Node(key, kind, group, subtitle, names[0] in ancestors, tuple(names), hashes)


def _data_node(data: LockedPath, ancestor: bool) -> Node:
    return Node(data.path, "data", data.path, "", ancestor, (), ((data.path, data.md5),))


def _from_the_model(nodes: Mapping[str, Node], parents: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Orders nodes so that whatever was made stands before what it was made from."""
    order: list[str] = []
    seen: set[str] = set()

    def visit(key: str) -> None:
        if key not in seen:
            seen.add(key)
            for parent in parents.get(key, ()):
                visit(parent)
            order.append(key)

    for key in nodes:
        visit(key)
    return order[::-1]
