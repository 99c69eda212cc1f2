"""A temporary workspace in which a model is made again: its code and params, its raw data, nothing else."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath

from pipeline.audit.material import Material
from pipeline.audit.revision import Revision
from pipeline.audit.view import lay_raw
from pipeline.lineage.git import run_git
from stages.contracts.errors import DataError

CONFIG = "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
FILES = ("dvc.yaml", "params.yaml", ".dvcignore")


@contextmanager
def replicated(material: Material) -> Iterator[Path]:
    """Gives a new workspace with a cache and a state of its own; afterwards nothing of it is left.

    Raises:
        DataError: If raw data are not here.
    """
    with tempfile.TemporaryDirectory(prefix="medgraft-replay-") as scratch:
        root = Path(scratch) / "workspace"
        (root / ".dvc").mkdir(parents=True)
        (root / ".dvc" / "config").write_text(CONFIG, encoding="utf-8")
        if material.revision and not material.present:
            _extract(material.revision, _folders(material), root)
        else:
            _copy_tree(material, root)
        lay_raw(material, root)
        for path in material.raw:
            if not (root / path).exists():
                raise DataError(
                    "the model cannot be made again",
                    where=path,
                    why="these raw data are not here",
                    remedy="`dvc fetch --all-tags` has them where a remote does",
                )
        yield root


def _folders(material: Material) -> list[str]:
    """Names the folders that hold the code, as a whole: a package needs more than the modules listed."""
    return sorted({PurePosixPath(path).parts[0] for path in material.code})


def _copy_tree(material: Material, root: Path) -> None:
    for name in _folders(material):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(material.root / name, root / name, ignore=skipped)
    for name in FILES:
        if (material.root / name).is_file():
            shutil.copyfile(material.root / name, root / name)


def _extract(revision: Revision, folders: list[str], root: Path) -> None:
    held = [name for name in FILES if revision.read(name) is not None]
    done = run_git(revision.root, "archive", "--format=tar", revision.commit, "--", *folders, *held)
    if done.returncode:
        raise DataError(
            "the model cannot be made again",
            where=f"commit {revision.commit[:12]}",
            why=f"git gives no code: {done.stderr.decode('utf-8', 'replace').strip()}",
            remedy="fetch the whole history: `git fetch --unshallow`",
        )
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(root, filter="data")
