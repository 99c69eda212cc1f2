"""What stages read and wrote, as entities of a crate: by name, size and hashes, and never by content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.export.digests import Digests
from pipeline.lineage.lock import LockedPath

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate


class Things:
    """Gives one entity for each path and for each value of a param."""

    def __init__(self, crate: ROCrate, digests: Digests) -> None:
        self._crate, self._digests = crate, digests
        self._inside: dict[str, Any] = {}

    def know(self, path: str, entity: Any) -> None:
        """Says which entity of the crate a path of the workspace is."""
        self._inside[path] = entity

    def path(self, locked: LockedPath) -> Any:
        """Gives the entity of a file or folder that stays in the workspace, or is in the crate."""
        if locked.path in self._inside:
            return self._inside[locked.path]
        facts: dict[str, Any] = {
            "@type": "CreativeWork",
            "name": locked.path,
            "description": "Stays in the workspace; whoever has it finds it there by its hashes.",
            "md5": locked.md5,
        }
        if sha256 := self._digests.of(locked):
            facts["sha256"] = sha256
        return self._one(f"#{quote(locked.path)}/{locked.md5[:12]}", facts)

    def value(self, name: str, value: str) -> Any:
        """Gives the entity of a param and its value."""
        digest = hashlib.sha256(value.encode()).hexdigest()
        facts = {"@type": "PropertyValue", "name": name, "value": value}
        return self._one(f"#param/{quote(name)}/{digest[:12]}", facts)

    def _one(self, identifier: str, facts: dict[str, Any]) -> Any:
        from rocrate.model.contextentity import ContextEntity

        known = self._crate.dereference(identifier)
        return known or self._crate.add(ContextEntity(self._crate, identifier, facts))
