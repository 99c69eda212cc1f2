"""What anybody may do to a repository without changing a model."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.logbook import Logbook
from pipeline.run import RunRequest, run_pipeline
from tests.functional.audited import Audited
from tests.functional.tamperings import MODEL, rewrite


@dataclass(frozen=True)
class Harmless:
    """One thing that must raise no alarm.

    Attributes:
        what: For the name of the test.
        do: Does it, and gives the workspace to audit.
        model: Which.
    """

    what: str
    do: Callable[[Audited], Audited | None]
    model: str = "v2"


def harmless() -> Iterator[Harmless]:
    """Gives everything that is tried."""
    yield Harmless("nothing", lambda here: None)
    for model in ("v1", "champion", "challenger", "model@v2.0.0", f"{MODEL}/models/checkpoint.safetensors"):
        yield Harmless(f"ask for {model}", lambda here: None, model)
    yield Harmless("run again", _run)
    yield Harmless("touch every file", _touch)
    yield Harmless("write every file anew, with the same bytes", _rewrite)
    yield Harmless("other file modes", _modes)
    yield Harmless("git gc", lambda here: _git(here, "gc", "-q", "--prune=now"))
    yield Harmless("a commit of something else", _commit)
    yield Harmless("another branch", lambda here: _git(here, "checkout", "-q", "-b", "other"))
    yield Harmless("notes and byte code", _notes)
    yield Harmless("a comment in params.yaml and dvc.yaml", _comment)
    yield Harmless("how the run is to go", _run_section)
    yield Harmless("dvc gc of what no version needs", _gc)
    yield Harmless("without the state of medgraft", lambda here: shutil.rmtree(here.root / ".medgraft"))
    yield Harmless("a second clone with its data", _clone)
    yield Harmless("a second clone without any data", _bare_clone)
    yield Harmless("a second clone that was fetched and not checked out", _fetched_clone)
    yield Harmless("data of the older version are let go", _gc, "v1")
    yield Harmless("the workspace goes back to the older version", _back)
    yield Harmless("a later run has begun", _begun)


def _git(here: Audited, *arguments: str) -> None:
    here.git(*arguments)


def _run(here: Audited) -> None:
    assert run_pipeline(here.root, RunRequest(), Logbook()).report.outcome == "up-to-date"


def _files(here: Audited, *places: str) -> Iterator[Path]:
    for place in places:
        yield from (file for file in (here.root / place).rglob("*") if file.is_file())


def _touch(here: Audited) -> None:
    for file in _files(here, "artifacts", "data", "stages", ".dvc/cache/files"):
        os.utime(file, (1_000_000_000, 1_000_000_000))


def _rewrite(here: Audited) -> None:
    for file in _files(here, "artifacts", "data", "lineage"):
        rewrite(file, file.read_bytes())


def _modes(here: Audited) -> None:
    for file in _files(here, "artifacts/model", "data", "stages/contracts", "lineage"):
        rewrite(file, file.read_bytes())
        file.chmod(0o755)


def _commit(here: Audited) -> None:
    (here.root / "README.md").write_text("Notes.\n")
    here.commit("Notes")


def _notes(here: Audited) -> None:
    (here.root / "notes.txt").write_text("Ask about case 12.\n")
    (here.root / "stages/__pycache__").mkdir(exist_ok=True)
    (here.root / "stages/__pycache__/prepare.cpython-311.pyc").write_bytes(b"code")
    (here.root / "artifacts/report.html").write_text("<p>")


def _comment(here: Audited) -> None:
    for name in ("params.yaml", "dvc.yaml"):
        rewrite(here.root / name, b"# A remark.\n" + (here.root / name).read_bytes())


def _run_section(here: Audited) -> None:
    file = here.root / "params.yaml"
    kept = file.read_text().partition("\nrun:")[0]
    rewrite(file, f"{kept}\nrun:\n  jobs: 1\n".encode())


def _gc(here: Audited) -> None:
    from dvc.repo import Repo

    extra = here.root / ".dvc/cache/files/md5/00"
    extra.mkdir(exist_ok=True)
    (extra / "11223344556677889900aabbccddee").write_bytes(b"of nobody")
    with Repo(str(here.root)) as repo:
        repo.gc(workspace=True, force=True)


def _clone(here: Audited) -> Audited:
    clone = _fetched_clone(here)
    from dvc.repo import Repo

    with Repo(str(clone.root)) as repo:
        repo.checkout(force=True)
    return clone


def _bare_clone(here: Audited) -> Audited:
    root = here.root.with_name("clone")
    subprocess.run(["git", "clone", "-q", str(here.root), str(root)], check=True)
    os.chdir(root)
    return Audited(root)


def _fetched_clone(here: Audited) -> Audited:
    clone = _bare_clone(here)
    subprocess.run(["cp", "-al", str(here.root / ".dvc/cache"), str(clone.root / ".dvc/cache")], check=True)
    return clone


def _back(here: Audited) -> Audited:
    here.git("checkout", "-q", "model@v1.0.0", "--", "dvc.lock", "params.yaml")
    from dvc.repo import Repo

    with Repo(str(here.root)) as repo:
        repo.checkout(force=True)
    return here


def _begun(here: Audited) -> None:
    """dvc.lock of the first version but for a stage of the second: what an interrupted run leaves."""
    here.git("checkout", "-q", "model@v1.0.0", "--", "dvc.lock", "params.yaml")
    old = here.file("dvc.lock").read_text()
    new = here.git("show", "model@v2.0.0:dvc.lock")
    head, _, rest = old.partition("  select:\n")
    after = rest.index("\n  evaluate:") if "\n  evaluate:" in rest else len(rest)
    start = new.index("  select:\n")
    entry = new[start:]
    end = entry.index("\n  evaluate:") if "\n  evaluate:" in entry else len(entry)
    rewrite(here.file("dvc.lock"), (head + entry[:end] + rest[after:]).encode())
