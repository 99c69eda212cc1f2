"""The raw data and weights from outside, byte by byte: what the stages read and no stage wrote."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.audit.finding import Check, Tally
from pipeline.audit.listing import compare, folder_md5
from pipeline.audit.material import Material
from pipeline.audit.outputs import compare_here
from pipeline.lineage.lock import LockedPath


def check_raw_data(material: Material) -> Check:
    """Hashes the raw data again: in the workspace, else as git holds them; the cache is checked by itself."""
    tally = Tally("raw data", "files")
    checked_out = any((material.root / out.path).exists() for out in material.outs.values())
    for one in material.raw.values():
        # In a clone into which nothing was checked out yet, nothing is missing.
        if material.present and (checked_out or (material.root / one.path).exists()):
            compare_here(material, one, tally)
            _check_pointer(material.root / f"{one.path}.dvc", one, tally)
        else:
            _check_committed(material, one, tally)
    return tally.check()


def _check_pointer(file: Path, one: LockedPath, tally: Tally) -> None:
    """Compares what DVC's own file says of the raw data, where they are under DVC."""
    if not file.is_file():
        return
    where = f"{one.path}.dvc"
    try:
        values: Any = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        found = values["outs"][0]["md5"]
    except (OSError, UnicodeDecodeError, YAMLError, KeyError, IndexError, TypeError):
        tally.differs(where, "damaged")
        return
    tally.expect(where, found, one.md5, "the MD5 that it names")


def _check_committed(material: Material, one: LockedPath, tally: Tally) -> None:
    if material.repository.object(one.md5).is_file():
        tally.same()  # the check of the cache reads its objects
        return
    revision = material.revision
    names = revision.files(one.path) if revision else []
    if revision is None or not names:
        tally.skip(one.path, "not here: `dvc fetch --all-tags` has it where a remote does")
        return
    held = revision.read_all(f"{one.path}/{name}" for name in names)
    found = {name: _md5(held[f"{one.path}/{name}"] or b"") for name in names}
    recorded = material.listing(one.md5)
    if recorded is None:
        tally.expect(one.path, folder_md5(found), one.md5, f"at {revision.commit[:12]}, its MD5")
        return
    for remark in compare(one.path, recorded, found):
        tally.differs(remark.where, f"at {revision.commit[:12]}: {remark.why}")
    tally.same(len(recorded))


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
