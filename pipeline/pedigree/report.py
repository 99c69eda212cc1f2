"""What `medgraft lineage` tells a program."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.lineage.record import LineageRecord
from pipeline.pedigree.graph import Graph, Node


@dataclass(frozen=True)
class LineageReport:
    """A model, and the graph of what made it.

    Attributes:
        identity: Of the model.
        version: In the registry; None where it was never promoted.
        champion: Whether it is the champion.
        nodes: Stages and raw data, the model's last stage first.
        edges: Keys of pairs: what was made, and what it was made from.
        record: All that is on record.
    """

    identity: str
    version: int | None
    champion: bool
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    record: dict[str, Any]

    @classmethod
    def of(cls, record: LineageRecord, graph: Graph, version: int | None, champion: bool) -> LineageReport:
        """Puts the parts together."""
        edges = tuple((key, parent) for key, found in graph.parents.items() for parent in found)
        return cls(record.identity, version, champion, graph.nodes, edges, record.model_dump(mode="json"))

    def to_json(self) -> str:
        """Writes it as one JSON object on one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def title(self) -> str:
        """Names the model in a line."""
        version = f" v{self.version}" if self.version else ""
        champion = ", champion" if self.champion else ""
        return f"{self.record['model']['name']}{version} ({self.identity[:16]}{champion})"
