"""Puts data into their place with all that belongs to them, or leaves everything as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.atomic import write_whole
from pipeline.data.git_index import committed, tracked, untracked
from pipeline.data.held import Held
from pipeline.data.incoming import Incoming
from pipeline.repro.data import add_folder
from pipeline.shelf import Output, Shelf
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError
from stages.contracts.params import PARAMS_FILE


def exchange(workspace: Workspace, incoming: Incoming, held: Held, params: str) -> tuple[str, ...]:
    """Replaces a raw folder, its record of DVC's and params.yaml.

    The old ones lie on a shelf meanwhile: a failure puts them back at once, and after a kill the next
    command does.

    Args:
        workspace: The workspace, held by this process.
        incoming: The new data.
        held: The old ones.
        params: The new text of params.yaml.

    Returns:
        What the user should know, one sentence each.

    Raises:
        MedgraftError: If it failed, and everything is as it was.
    """
    root, raw = workspace.root, held.folder.relative_to(workspace.root).as_posix()
    shelf = Shelf(workspace, f"{raw}.dvc")
    stay = (f"{raw}.dvc", f"{Path(raw).parent.as_posix()}/.gitignore", str(PARAMS_FILE))
    lost, given_up = _lost(root, raw, held, incoming), tracked(root, raw)
    with untracked(root, raw):
        try:
            shelf.take([Output(path=raw), *(Output(path=path, stays=True) for path in stay)])
            held.folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(incoming.folder, held.folder)
            write_whole(root / PARAMS_FILE, params.encode())
            _require_same(incoming, add_folder(workspace, held.folder, shared=incoming.shared), raw)
        except BaseException:
            shelf.put_back()
            raise
    said = []
    if lost:
        place = _free(workspace.replaced, Path(raw).name)
        shelf.keep(place)
        kept = f"they are kept in {place.relative_to(root)}"
        said.append(f"{len(lost)} earlier files are neither in git nor in DVC's cache: {kept}")
    shelf.drop()
    if given_up:
        said.append(f"git no longer tracks {raw} ({', '.join(given_up[:3])}), since DVC does: commit that")
    return tuple(said)


def _lost(root: Path, raw: str, held: Held, incoming: Incoming) -> set[str]:
    """Names old files that would be nowhere any more."""
    gone = {name for name, md5 in held.files.items() if incoming.files.get(name) != md5}
    return set() if held.cached or not gone else gone - committed(root, raw)


def _require_same(incoming: Incoming, added: dict[str, str], raw: str) -> None:
    """Makes sure that the data taken are those that were looked at."""
    changed = [name for name, md5 in added.items() if incoming.files.get(name) != md5]
    if changed:
        raise DataError(
            "the data changed while they were taken",
            where=f"{raw}: {changed[0]}",
            why=f"{len(changed)} files are not what was looked at",
            remedy="leave the data alone while they are taken, and try again",
        )


def _free(folder: Path, name: str) -> Path:
    number = 1
    while (folder / f"{name}-{number}").exists():
        number += 1
    return folder / f"{name}-{number}"
