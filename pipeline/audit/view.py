"""A folder in which the files of a model lie at their places, for tools that read paths."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.audit.material import Material


@contextmanager
def viewing(material: Material) -> Iterator[Path]:
    """Gives the workspace where it holds the model, else a folder of links into the cache."""
    if material.present:
        yield material.root
        return
    state = material.workspace.state
    with tempfile.TemporaryDirectory(prefix="audit-", dir=state if state.is_dir() else None) as scratch:
        folder = Path(scratch)
        for out in material.outs.values():
            _lay(folder, material.objects(out), lambda file, place: place.symlink_to(file.absolute()))
        lay_raw(material, folder)
        yield folder


def lay_raw(material: Material, folder: Path) -> None:
    """Puts the raw data in their places: of the workspace that holds the model, else of cache or git."""
    for path, raw in material.raw.items():
        files = material.present_files(path) if material.present else None
        held = {f"{path}/{name}": file for name, file in (files or {}).items()}
        _lay(folder, held or material.objects(raw), _link)
    _lay_committed(material, folder)


def _lay(folder: Path, objects: Mapping[str, Path], put: Callable[[Path, Path], object]) -> None:
    """Puts a file or a folder in its place, if all of it is in the cache."""
    if not all(file.is_file() for file in objects.values()):
        return
    for path, file in objects.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        put(file, folder / path)


def _link(file: Path, place: Path) -> None:
    """Stages refuse raw files that are links to elsewhere; a hard link is none."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def _lay_committed(material: Material, folder: Path) -> None:
    """Writes raw data that git itself keeps."""
    for path in material.raw:
        if (folder / path).exists() or material.revision is None:
            continue
        names = [f"{path}/{name}" for name in material.revision.files(path)]
        for name, data in material.revision.read_all(names).items():
            if data is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
