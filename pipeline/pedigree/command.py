"""What `medgraft lineage` does."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from pipeline.lineage.naming import find_model
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import read_registry
from pipeline.pedigree.graph import make_graph
from pipeline.pedigree.mermaid import to_mermaid
from pipeline.pedigree.report import LineageReport
from pipeline.pedigree.tree import print_tree


def lineage_command(root: Path, model: str, out: TextIO, *, as_json: bool, mermaid: bool) -> None:
    """Prints the lineage of a model.

    Raises:
        UsageError: If there is no such model.
        DataError: If a record is damaged.
    """
    record = find_model(root, model)
    graph = make_graph(record.made_by, [link.path for link in record.ancestry])
    version, champion = _standing(root, record)
    report = LineageReport.of(record, graph, version, champion)
    if as_json:
        print(report.to_json(), file=out, flush=True)
    elif mermaid:
        print(to_mermaid(graph, report.title), file=out, end="", flush=True)
    else:
        print_tree(record, graph, report.title, out)


def _standing(root: Path, record: LineageRecord) -> tuple[int | None, bool]:
    registry = read_registry(root)
    numbers = [version.number for version in registry.versions if version.identity == record.identity]
    champion = registry.champion
    return max(numbers, default=None), champion is not None and champion.identity == record.identity
