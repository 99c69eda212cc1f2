"""Finds files in DVC's cache by the hashes that dvc.lock records; fetches and changes nothing."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path


class Objects:
    """The cache of a workspace.

    Args:
        root: The workspace.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, md5: str) -> Path | None:
        """Gives the cached file of a hash; None where the cache has none.

        DVC is only imported, which takes half a second, where the cache may lie elsewhere.
        """
        name = Path("files", "md5", md5[:2], md5[2:])
        usual = self._root / ".dvc" / "cache" / name
        if usual.is_file():
            return usual
        other = self._configured / name if self._configured else None
        return other if other and other.is_file() else None

    def find_in(self, folder_md5: str, relative: str) -> Path | None:
        """Gives a file of a cached folder.

        Args:
            folder_md5: The folder's hash, which ends in `.dir`.
            relative: The file's path in the folder, with `/`.
        """
        return next((self.find(md5) for path, md5 in self.listing(folder_md5) if path == relative), None)

    def listing(self, folder_md5: str) -> list[tuple[str, str]]:
        """Gives path and hash of each file of a cached folder; nothing where its listing is not there."""
        file = self.find(folder_md5)
        if file is None:
            return []
        try:
            return [(str(row["relpath"]), str(row["md5"])) for row in json.loads(file.read_bytes())]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    @cached_property
    def _configured(self) -> Path | None:
        """The cache that DVC's configuration names."""
        from dvc.config import Config

        folder = Config(str(self._root / ".dvc")).get("cache", {}).get("dir")
        return Path(folder) if folder else None
