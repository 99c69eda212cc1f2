"""Hashes what stages read, to DVC's own result, looks at it once at a time, and opens only what changed.

DVC looks up every file of a folder in its database at each of the eight times that a run needs the hash:
seconds for 100,000 files, or for the code files of a long pipeline. Here one walk compares size, time and
inode with what they were, and its result stands until time passes: until a command has run.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dvc.dependency import ParamsDependency
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.meta import Meta

from pipeline.atomic import write_whole
from pipeline.workspace import Workspace

Stamp = tuple[int, int, int]
"""When a file was last written, in nanoseconds; its size; its inode."""
FRESH_SECONDS = 2.0
"""A file written so shortly before it was hashed may be written again within the clock's resolution."""


@dataclass(frozen=True)
class Listing:
    """The files of a folder; it stands where DVC has its `Tree`.

    Attributes:
        hash_info: DVC's hash of the folder.
        md5s: Of each file, by its POSIX path in the folder.
        stamps: Likewise.
        rules: Which files of the folder DVC would have ignored.
    """

    hash_info: HashInfo
    md5s: dict[str, str]
    stamps: dict[str, Stamp]
    rules: str

    @property
    def meta(self) -> Meta:
        """What dvc.lock says beside the hash."""
        return Meta(size=sum(size for _, size, _ in self.stamps.values()), nfiles=len(self.md5s), isdir=True)


class Folders:
    """What is known of the folders of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, Listing] = {}
        self._looked: dict[tuple[Any, ...], Any] | None = None

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """Has everything in the body see the inputs as they are when they are first looked at in it."""
        self._looked = {}
        try:
            yield
        finally:
            self._looked = None

    def adopt(self, dependency: Any) -> None:
        """Has a dependency hash its folder or file here."""
        if isinstance(dependency, ParamsDependency) or dependency.protocol != "local":
            return
        if Path(dependency.fs_path).is_relative_to(self._workspace.root):
            dependency._build = partial(self._seen, dependency, dependency._build)

    def _seen(self, dependency: Any, otherwise: Any, *arguments: Any, **options: Any) -> Any:
        """Takes the place of DVC's `Output._build`."""
        if self._looked is None:
            return self._build(dependency, otherwise, *arguments, **options)
        key = (dependency.fs_path, dependency.hash_name, options.get("dry_run"))
        if key not in self._looked:
            self._looked[key] = self._build(dependency, otherwise, *arguments, **options)
        cache, meta, found = self._looked[key]
        return cache, copy(meta), found

    def _build(self, dependency: Any, otherwise: Any, *arguments: Any, **options: Any) -> Any:
        """Leaves to DVC whatever is no plain folder."""
        path, ignore = dependency.fs_path, dependency.dvcignore
        if not Path(path).is_dir():
            return otherwise(*arguments, **options)
        known, rules = self._known.get(path) or self._load(path), _rules(ignore, path)
        stamps = _walk(path, ignore, known.md5s if known and known.rules == rules else {})
        if not stamps:
            return otherwise(*arguments, **options)
        if known is None or (known.stamps, known.rules) != (stamps, rules):
            known = self._hash(path, stamps, known, rules)
            self._known[path] = known
        return dependency.local_cache, known.meta, known

    def _hash(self, path: str, stamps: dict[str, Stamp], known: Listing | None, rules: str) -> Listing:
        old = known or Listing(HashInfo("md5", ""), {}, {}, "")
        md5s = {
            name: old.md5s[name] if old.stamps.get(name) == stamp else _md5(f"{path}/{name}")
            for name, stamp in stamps.items()
        }
        rows = (f'{{"md5": "{md5s[name]}", "relpath": {json.dumps(name)}}}' for name in sorted(md5s))
        digest = hashlib.md5(f"[{', '.join(rows)}]".encode(), usedforsecurity=False).hexdigest()
        listing = Listing(HashInfo("md5", f"{digest}.dir"), md5s, stamps, rules)
        fresh = time.time_ns() - int(FRESH_SECONDS * 1e9)
        settled = {name: stamp for name, stamp in stamps.items() if stamp[0] < fresh}
        content = {"hash": listing.hash_info.value, "md5s": md5s, "stamps": settled, "rules": rules}
        self._file(path).parent.mkdir(exist_ok=True)
        write_whole(self._file(path), json.dumps(content).encode())
        return listing

    def _load(self, path: str) -> Listing | None:
        try:
            content = json.loads(self._file(path).read_bytes())
            stamps = {name: (stamp[0], stamp[1], stamp[2]) for name, stamp in content["stamps"].items()}
            listing = Listing(HashInfo("md5", content["hash"]), content["md5s"], stamps, content["rules"])
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            return None
        self._known[path] = listing
        return listing

    def _file(self, path: str) -> Path:
        name = quote(str(Path(path).relative_to(self._workspace.root)), safe="")
        return self._workspace.state / "folders" / f"{name}.json"


def _rules(ignore: Any, root: str) -> str:
    """Identifies the patterns by which DVC ignores files of a folder."""
    found = ignore._get_trie_pattern(root)
    return str([one.patterns for one in found.pattern_list] if found else [])


def _walk(root: str, ignore: Any, accepted: Mapping[str, object]) -> dict[str, Stamp] | None:
    """Gives the stamps of the files that DVC does not ignore; None where a link makes it DVC's matter.

    Args:
        root: The folder.
        ignore: DVC's filter, which tries its patterns on every name: seconds for 100,000 files.
        accepted: Files that it is known not to ignore.
    """
    found: dict[str, Stamp] = {}
    for folder, entries in _folders(root, ignore, accepted):
        for entry in entries:
            if entry.is_symlink() or entry.name == ".dvcignore":
                return None
            if entry.is_file(follow_symlinks=False):
                facts = entry.stat(follow_symlinks=False)
                found[folder + entry.name] = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            elif not entry.is_dir(follow_symlinks=False):
                return None
    return found


def _folders(
    root: str, ignore: Any, accepted: Mapping[str, object]
) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(f"{root}/{folder}") as entries:
            all_of_it = list(entries)
        names = [entry.name for entry in all_of_it if entry.is_dir(follow_symlinks=False)]
        others = [entry for entry in all_of_it if not entry.is_dir(follow_symlinks=False)]
        unknown = [entry.name for entry in others if folder + entry.name not in accepted]
        folders, files = ignore(f"{root}/{folder}".rstrip("/"), names, unknown)
        waiting += [f"{folder}{name}/" for name in folders]
        refused = {*names, *unknown}.difference(folders, files)
        yield folder, [entry for entry in all_of_it if entry.name not in refused]


def _md5(path: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs a second in 100,000
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
