"""A model's lineage as a Mermaid flowchart, which GitHub and many editors draw."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.pedigree.graph import Graph, Node

_SHAPES = {"stage": ("[", "]"), "others": ("[[", "]]"), "data": ("[(", ")]")}


def to_mermaid(graph: Graph, title: str) -> str:
    """Writes the chart: the model at the top, and what it was made from below."""
    return "\n".join(_lines(graph, title)) + "\n"


def _lines(graph: Graph, title: str) -> Iterator[str]:
    names = {node.key: f"n{number}" for number, node in enumerate(graph.nodes)}
    made = {parent for found in graph.parents.values() for parent in found}
    yield "flowchart TD"
    yield f'  model(["{_safe(title)}"])'
    for node in graph.nodes:
        left, right = _SHAPES[node.kind]
        yield f'  {names[node.key]}{left}"{_label(node)}"{right}'
    for node in graph.nodes:
        if node.key not in made:
            yield f"  model --> {names[node.key]}"
        for parent in graph.parents.get(node.key, ()):
            yield f"  {names[node.key]} --> {names[parent]}"
    aside = [names[node.key] for node in graph.nodes if not node.ancestor]
    yield "  classDef aside stroke-dasharray: 4 3"
    if aside:
        yield f"  class {','.join(aside)} aside"


def _label(node: Node) -> str:
    return "<br/>".join(_safe(part) for part in (node.title, node.subtitle) if part)


def _safe(text: str) -> str:
    """Writes a name that cannot break out of its label."""
    for sign, written in (
        ("#", "#35;"),
        ("&", "#38;"),
        ('"', "#34;"),
        ("<", "#60;"),
        (">", "#62;"),
        ("`", "#96;"),
    ):
        text = text.replace(sign, written)
    return text
