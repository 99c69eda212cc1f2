"""What is exported: a record of lineage, the files of its model, and the graph that made it."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from pipeline.lineage.git import ask_git
from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.lineage.record import LineageRecord
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD as CHECKPOINT
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.model import RECORD, Model, folders


@dataclass(frozen=True)
class Subject:
    """A model and how it came to be.

    Attributes:
        root: The workspace.
        record: The model's record of lineage.
        files: Folder with the files of the packaged model.
    """

    root: Path
    record: LineageRecord
    files: Path

    @property
    def model(self) -> Model:
        """The packaged model's own record."""
        return read_json(Model, self.files / RECORD)

    @property
    def checkpoint(self) -> Checkpoint:
        """The record of its weights; of an ensemble, of the first seed's."""
        return read_json(Checkpoint, self.files / folders(self.model)[0] / CHECKPOINT)

    @property
    def name(self) -> str:
        """Name and version, the version being the start of the identity."""
        return f"{self.record.model.name} {self.record.identity[:16]}"

    @property
    def steps(self) -> tuple[tuple[str, LockedStage], ...]:
        """The stages on the way to the model, each after those whose outputs it read."""
        made_by = self.record.made_by
        makers = {out.path: name for name, stage in made_by.items() for out in stage.outs}
        needs = {
            name: {maker for dep in stage.inputs if (maker := _maker(dep, makers))} - {name}
            for name, stage in sorted(made_by.items())
        }
        return tuple((name, made_by[name]) for name in TopologicalSorter(needs).static_order())

    def graph(self) -> str:
        """Gives dvc.yaml as it was committed with the model; the workspace's own where it was not."""
        revision = self.record.code.revision
        if revision and "dvc.yaml" not in self.record.code.dirty:
            shown = ask_git(self.root, "show", f"{revision}:./dvc.yaml")
            if shown is not None:
                return shown
        return (self.root / "dvc.yaml").read_text(encoding="utf-8")


def _maker(dep: LockedPath, makers: dict[str, str]) -> str | None:
    """Names the stage whose output a dependency is or lies in."""
    path = dep.path
    while path:
        if path in makers:
            return makers[path]
        path = path.rpartition("/")[0]
    return None
