"""A model's lineage as a tree, from the model back to every input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from pipeline.lineage.lock import LockedStage
from pipeline.lineage.record import LineageRecord
from pipeline.pedigree.graph import Graph, Node

DIGITS = 12
"""Of a hash that are shown; `--json` has them all."""


def print_tree(record: LineageRecord, graph: Graph, title: str, out: TextIO) -> None:
    """Prints the tree; a node that stands further up already is only named."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    nodes, shown = {node.key: node for node in graph.nodes}, set[str]()
    stages = record.made_by

    def grow(branch: Tree, key: str) -> None:
        node = nodes[key]
        style = "bold" if node.ancestor else "dim"
        above = "  (above)" if key in shown and graph.parents.get(key) else _said(node, stages)
        grown = branch.add(Text.assemble((_name(node), style), (above, "dim")))
        if key not in shown:
            shown.add(key)
            for parent in graph.parents.get(key, ()):
                grow(grown, parent)

    tree = Tree(Text(title, style="bold"))
    children = {parent for found in graph.parents.values() for parent in found}
    for node in graph.nodes:
        if node.key not in children:
            grow(tree, node.key)
    width = None if out.isatty() else 1000
    Console(file=out, highlight=False, width=width).print(tree, soft_wrap=True)


def _name(node: Node) -> str:
    return f"{node.title}@{node.subtitle}" if node.kind == "stage" and node.subtitle else node.title


def _said(node: Node, stages: Mapping[str, LockedStage]) -> str:
    if node.kind == "others":
        return f"  {node.subtitle}, that the weights do not descend from"
    hashes = ", ".join(f"{path} {md5[:DIGITS]}" if node.stages else md5[:DIGITS] for path, md5 in node.hashes)
    if node.kind == "data":
        return f"  {hashes}"
    stage = stages[node.stages[0]]
    sections = [section for params in stage.params.values() for section in params]
    params = f"; params {', '.join(sections)}" if sections else ""
    return f"  {hashes}{params}; {len(stage.code)} modules"
