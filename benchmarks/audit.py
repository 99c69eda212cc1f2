"""Measures how fast an audit reads, against `sha256sum` over the same files.

python benchmarks/audit.py [--megabytes 1000] [--files 16] [--copies]

The artifacts of a model lie in the workspace and in DVC's cache; both are hashed. By default the workspace is
linked to the cache, as with `cache.type hardlink`; with --copies each has bytes of its own, and `sha256sum`
reads both, too. Files are warm in memory for both: it is the hashing that is measured.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.audit.cache import check_cache  # noqa: E402
from pipeline.audit.listing import folder_md5  # noqa: E402
from pipeline.audit.material import Material  # noqa: E402
from pipeline.audit.outputs import check_outputs  # noqa: E402
from pipeline.lineage.lock import Lock, LockedPath, LockedStage  # noqa: E402
from pipeline.repro.verification import Repository  # noqa: E402
from pipeline.workspace import Workspace  # noqa: E402
from tests.unit.pipeline.lineage.samples import sample_record  # noqa: E402

OUT = "artifacts/model"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--copies", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        files, locked = make(root, args.megabytes, args.files, copies=args.copies)
        megabytes = sum(file.stat().st_size for file in files) / 1e6
        start = time.perf_counter()
        subprocess.run(["sha256sum", *map(str, files)], check=True, stdout=subprocess.DEVNULL)
        peer = time.perf_counter() - start
        start = time.perf_counter()
        audit(root, locked)
        ours = time.perf_counter() - start
    print(f"{megabytes:.0f} MB: sha256sum {peer:.2f} s, audit {ours:.2f} s: {peer / ours:.2f} of its speed")


def make(root: Path, megabytes: int, count: int, *, copies: bool) -> tuple[list[Path], LockedPath]:
    """Writes files into a workspace and its cache, and gives those with bytes of their own."""
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    cache, folder = root / ".dvc/cache/files/md5", root / OUT
    folder.mkdir(parents=True)
    held, files = {}, []
    for number in range(count):
        data = os.urandom(megabytes * 1_000_000 // count)
        md5 = hashlib.md5(data).hexdigest()
        place = cache / md5[:2] / md5[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        held[f"{number:03d}.bin"] = md5
        files.append(place)
        if copies:
            shutil.copyfile(place, folder / f"{number:03d}.bin")
            files.append(folder / f"{number:03d}.bin")
        else:
            os.link(place, folder / f"{number:03d}.bin")
    rows = ", ".join(f'{{"md5": "{held[name]}", "relpath": "{name}"}}' for name in sorted(held))
    own = folder_md5(held)
    (cache / own[:2]).mkdir(exist_ok=True)
    (cache / own[:2] / own[2:]).write_text(f"[{rows}]")
    return files, LockedPath(path=OUT, md5=own)


def audit(root: Path, locked: LockedPath) -> None:
    made_by = {"package": LockedStage(cmd="make", outs=(locked,))}
    record = sample_record(made_by=made_by)
    repository = Repository(Workspace(root))
    material = Material(Workspace(root), record, repository, Lock(stages=made_by), True, None)
    material.warm_up()
    for check in (check_outputs(material), check_cache(material)):
        assert check.state == "ok", check
    repository.close()


if __name__ == "__main__":
    main()
