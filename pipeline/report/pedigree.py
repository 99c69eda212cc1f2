"""The lineage as a drawing: the model's last stage at the top, raw data at the bottom; each box is a link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markupsafe import Markup

from pipeline.pedigree.graph import Graph, Node
from pipeline.report.drawing import BLUE, FAINT, INK, Drawing

BOX, GAP = (118, 38), (12, 24)
"""Width and height of a box, and of the space between boxes, in pixels."""
LETTERS = 18
"""Of a name that fit into a box; the whole name is its title."""
CAPTION = (
    "From the last stage at the top down to the raw data; a line leads to what a stage read. Blue boxes are "
    "those that the weights descend from or went through; dashed ones made candidates not selected. "
    "Each box leads to what is known of it."
)
_FILLS = {"stage": "#ffffff", "others": "#ffffff", "data": "#eef2f5"}


@dataclass(frozen=True)
class _Place:
    """Middle of a box."""

    x: float
    y: float


def draw_pedigree(graph: Graph, anchors: Mapping[str, str]) -> Drawing:
    """Draws a graph; the same graph gives the same bytes.

    Args:
        graph: At least one node.
        anchors: Where the page tells of each stage.
    """
    parents = _reduced(graph)
    rows = _rows(graph, parents)
    widest = max(map(len, rows))
    width = widest * (BOX[0] + GAP[0])
    height = len(rows) * (BOX[1] + GAP[1])
    places = {
        key: _Place((width - len(row) * (BOX[0] + GAP[0])) / 2 + (at + 0.5) * (BOX[0] + GAP[0]), _y(number))
        for number, row in enumerate(rows)
        for at, key in enumerate(row)
    }
    label = "Graph of the stages and data that made the model"
    svg = ET.Element(
        "svg", {"viewBox": f"0 0 {width} {height}", "role": "group", "aria-label": label, "class": "pedigree"}
    )
    nodes = {node.key: node for node in graph.nodes}
    for key, found in parents.items():
        for parent in found:
            _line(svg, places[key], places[parent], nodes[key].ancestor and nodes[parent].ancestor)
    for node in graph.nodes:
        reader = next((key for key, found in graph.parents.items() if node.key in found), node.key)
        _box(svg, node, places[node.key], anchors[(node.stages or nodes[reader].stages)[0]])
    text = ET.tostring(svg, encoding="unicode")
    return Drawing(Markup(text), "What made the model", CAPTION, max(width, 260) + 20)  # noqa: S704 - escaped


def _reduced(graph: Graph) -> dict[str, tuple[str, ...]]:
    """Leaves out lines to what is reached through another one as well."""
    behind: dict[str, set[str]] = {}
    for node in reversed(graph.nodes):
        found = graph.parents.get(node.key, ())
        behind[node.key] = set(found).union(*(behind[parent] for parent in found))
    return {
        key: tuple(one for one in found if not any(one in behind[other] for other in found if other != one))
        for key, found in graph.parents.items()
    }


def _rows(graph: Graph, parents: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """Puts each node below all that read it, and near to them."""
    depth: dict[str, int] = defaultdict(int)
    readers: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes:
        for parent in parents.get(node.key, ()):
            depth[parent] = max(depth[parent], depth[node.key] + 1)
            readers[parent].append(node.key)
    rows: list[list[str]] = [[] for _ in range(max(depth[node.key] for node in graph.nodes) + 1)]
    for node in graph.nodes:
        rows[depth[node.key]].append(node.key)
    aside = {node.key: not node.ancestor for node in graph.nodes}
    at: dict[str, float] = {}
    for row in rows:
        row.sort(key=lambda key: (_mean([at[one] for one in readers[key]]), aside[key], key))
        at |= {key: (place + 0.5) / len(row) for place, key in enumerate(row)}
    return rows


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _y(row: int) -> float:
    return row * (BOX[1] + GAP[1]) + (BOX[1] + GAP[1]) / 2


def _line(svg: ET.Element, child: _Place, parent: _Place, ancestor: bool) -> None:
    top, bottom = child.y + BOX[1] / 2, parent.y - BOX[1] / 2
    middle = bottom - GAP[1] / 2
    path = (
        f"M{child.x:g} {top:g}V{middle:g}L{parent.x:g} {bottom:g}"
        if bottom - top > GAP[1]
        else (f"M{child.x:g} {top:g}L{parent.x:g} {bottom:g}")
    )
    colour, dashes = (BLUE, "") if ancestor else (FAINT, "3 3")
    ET.SubElement(svg, "path", {"d": path, "fill": "none", "stroke": colour, "stroke-dasharray": dashes})


def _box(svg: ET.Element, node: Node, place: _Place, anchor: str) -> None:
    link = ET.SubElement(svg, "a", {"href": f"#{anchor}"})
    ET.SubElement(link, "title").text = ", ".join(node.stages) or node.title
    facts = {
        "x": f"{place.x - BOX[0] / 2:g}",
        "y": f"{place.y - BOX[1] / 2:g}",
        "width": str(BOX[0]),
        "height": str(BOX[1]),
        "rx": "5",
        "fill": _FILLS[node.kind],
        "stroke": BLUE if node.ancestor else FAINT,
        "stroke-width": "1.6" if node.ancestor else "1",
        "stroke-dasharray": "" if node.ancestor else "3 3",
    }
    ET.SubElement(link, "rect", facts)
    lines = [
        node.title.rpartition("/")[2] or node.title,
        "raw data" if node.kind == "data" else node.subtitle,
    ]
    lines = [line for line in lines if line]
    for number, line in enumerate(lines):
        y = place.y + 4 + (number - (len(lines) - 1) / 2) * 14
        style = {"font-size": "11", "fill": INK, "text-anchor": "middle", "x": f"{place.x:g}", "y": f"{y:g}"}
        style |= {"font-weight": "600"} if number == 0 else {}
        ET.SubElement(link, "text", style).text = line if len(line) <= LETTERS else f"{line[: LETTERS - 1]}…"
