"""What an audit reads: the workspace where it holds the model, else DVC's cache and git."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.audit.digests import Digests
from pipeline.audit.listing import Listing, folder_md5, parse_listing
from pipeline.audit.revision import Revision
from pipeline.lineage.lock import Lock, LockedPath, LockedStage
from pipeline.lineage.record import LineageRecord
from pipeline.repro.verification import Declared, Repository
from pipeline.workspace import Workspace


@dataclass(frozen=True)
class Material:
    """Everything that the checks read.

    Attributes:
        workspace: Of the audit.
        record: Of the model.
        repository: DVC's view of the workspace.
        lock: dvc.lock as it lies there; None where it cannot be read.
        present: Whether the workspace holds this very model; else another run came after it.
        revision: The commit that holds the model's files; None where it was never committed.
        declared: The stages as dvc.yaml has them; None where it cannot be read, or is another model's.
        digests: Of files, shared by all checks.
    """

    workspace: Workspace
    record: LineageRecord
    repository: Repository
    lock: Lock | None
    present: bool
    revision: Revision | None
    declared: Mapping[str, Declared] | None = None
    digests: Digests = field(default_factory=Digests)

    _listings: dict[str, Listing | None] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.workspace.root

    @property
    def stages(self) -> Mapping[str, LockedStage]:
        """The stages on the way to the model."""
        return self.record.made_by

    @cached_property
    def outs(self) -> Mapping[str, LockedPath]:
        """What the stages wrote, by path; in the workspace also what lies beside the way, such as hints."""
        beside = self.lock.stages if self.lock and self.present and self.declared else {}
        others = [stage for name, stage in beside.items() if name in (self.declared or {})]
        return {out.path: out for stage in (*others, *self.stages.values()) for out in stage.outs}

    @cached_property
    def raw(self) -> Mapping[str, LockedPath]:
        """What the stages read and no stage wrote, code aside."""
        deps = (dep for stage in self.stages.values() for dep in stage.inputs)
        return {dep.path: dep for dep in deps if not any(self.touches(dep.path, out) for out in self.outs)}

    @cached_property
    def code(self) -> Mapping[str, LockedPath]:
        """The modules that computed it."""
        return {dep.path: dep for stage in self.stages.values() for dep in stage.code}

    @staticmethod
    def touches(one: str, other: str) -> bool:
        """Tells whether one of two paths lies in the other, or is it."""
        return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")

    def listing(self, md5: str) -> Listing | None:
        """Gives what a folder of this hash held; None where nobody has an intact list of it."""
        if md5 not in self._listings:
            self._listings[md5] = next(self._intact(md5), None)
        return self._listings[md5]

    def _intact(self, md5: str) -> Iterator[Listing]:
        """The hash proves a list, wherever it comes from."""
        kept = self.workspace.listings / f"{md5}.json"
        for file in (self.repository.object(md5), kept):
            try:
                data = file.read_bytes()
                found = parse_listing(data) if file != kept else dict(json.loads(data))
            except (OSError, ValueError, TypeError):
                continue
            if found is not None and folder_md5(found) == md5:
                yield found

    def present_files(self, path: str) -> dict[str, Path] | None:
        """Gives the files of a folder of the workspace; None where there is no folder."""
        folder = self.root / path
        if not folder.is_dir():
            return None
        return {file.relative_to(folder).as_posix(): file for file in self.repository.files(folder)}

    def objects(self, out: LockedPath) -> dict[str, Path]:
        """Gives the objects in the cache of something recorded, by path; a folder's own list aside."""
        if not out.folder:
            return {out.path: self.repository.object(out.md5)}
        held = self.listing(out.md5) or {}
        return {f"{out.path}/{name}": self.repository.object(md5) for name, md5 in held.items()}

    def file(self, path: str) -> Path | None:
        """Finds a file that a stage wrote or read: in the workspace, else in the cache."""
        if self.present and (self.root / path).is_file():
            return self.root / path
        for one in (*self.outs.values(), *self.raw.values()):
            if path == one.path or path.startswith(f"{one.path}/"):
                found = self.objects(one).get(path)
                return found if found and found.is_file() else None
        return None

    def warm_up(self) -> None:
        """Hashes every file that the checks will ask for, side by side."""
        kept = [
            file for one in (*self.outs.values(), *self.raw.values()) for file in self.objects(one).values()
        ]
        here: list[Path] = []
        for path in (*self.outs, *self.raw) if self.present else ():
            here += (self.present_files(path) or {"": self.root / path}).values()
        own = [self.repository.object(one.md5) for one in self.outs.values() if one.folder]
        self.digests.read([*kept, *here, *own])
