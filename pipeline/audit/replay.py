"""Makes a model again from its code, params and raw data, and compares every byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.audit.finding import Check, Tally
from pipeline.audit.listing import Listing, compare, parse_listing
from pipeline.audit.material import Material
from pipeline.audit.replica import replicated
from pipeline.lineage.lock import LockedPath, read_lock
from pipeline.lineage.record import Software
from pipeline.lineage.software import read_software
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import MedgraftError
from stages.contracts.scores import Evaluation, Interval

Make = Callable[[Path], int]
"""Runs the pipeline in a workspace and gives the exit code."""
METRICS = "artifacts/metrics.json"


def make_apart(root: Path) -> int:
    """Runs `medgraft run package` with the installed command line; the stages are those of the workspace."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "MEDGRAFT_SCHEDULER": "threads",
    }
    words = [sys.executable, "-P", "-m", "pipeline", "run", "package"]
    return subprocess.run(
        words, cwd=root, env=environment, stdout=sys.stderr.fileno(), check=False
    ).returncode


def check_replay(material: Material, make: Make = make_apart, software: Software | None = None) -> Check:
    """Makes the model again in a temporary workspace, without any cache of an earlier run.

    On the recorded environment every output must have its recorded bytes. On another one the facts that
    differ are named, and where bytes differ the figures must lie within their recorded intervals.

    Args:
        material: Of the audit.
        make: Runs the pipeline.
        software: This environment; looked up by default.
    """
    tally = Tally("replay", "outputs made again")
    try:
        with replicated(material) as root:
            if status := make(root):
                tally.differs("replay", f"the run ended with exit code {status}; see its lines above")
            else:
                _compare(material, root, software or read_software(), tally)
    except MedgraftError as error:
        tally.skip(error.where, error.why)
    return tally.check()


def _compare(material: Material, root: Path, software: Software, tally: Tally) -> None:
    lock = read_lock(root / "dvc.lock")
    found = {out.path: out for stage in (lock.stages.values() if lock else ()) for out in stage.outs}
    wanted = {out.path: out for stage in material.stages.values() for out in stage.outs}
    other = [out for path, out in wanted.items() if path not in found or found[path].md5 != out.md5]
    tally.same(len(wanted) - len(other))
    strange = [*_facts(material.record.software, software), *_sharers(material, root)] if other else []
    for where, why in strange:
        tally.skip(where, why)
    if strange:
        tally.skip("bytes", f"{len(other)} outputs have others on this environment; figures were compared")
        _compare_figures(material.record.evaluation, read_json(Evaluation, root / METRICS), tally)
        return
    for out in other:
        _name(material, root, out, found.get(out.path), tally)


def _name(material: Material, root: Path, out: LockedPath, found: LockedPath | None, tally: Tally) -> None:
    """Names the files of an output that were made otherwise."""
    if found is None:
        tally.differs(out.path, "it was not made")
        return
    recorded, made = material.listing(out.md5), _listing(root, found.md5)
    if recorded is None or made is None:
        tally.differs(out.path, f"its MD5 is {found.md5}, recorded {out.md5}")
        return
    for remark in compare(out.path, recorded, made):
        tally.differs(remark.where, remark.why)


def _listing(root: Path, md5: str) -> Listing | None:
    file = root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    return parse_listing(file.read_bytes()) if md5.endswith(".dir") and file.is_file() else None


def _facts(recorded: Software, here: Software) -> Iterator[tuple[str, str]]:
    """Gives every recorded fact of the environment that is another one here."""
    for key in ("python", "implementation", "machine", "cpu_features_sha256", "accelerators"):
        then, now = getattr(recorded, key), getattr(here, key)
        if then != now:
            yield f"environment: {key}", f"it is {now}, recorded {then}"
    was, is_ = recorded.packages | recorded.settings, here.packages | here.settings
    for name in sorted(was.keys() | is_.keys()):
        then, now = was.get(name), is_.get(name)
        if then != now:
            yield f"environment: {name}", f"it is {now or 'absent'}, recorded {then or 'absent'}"


def _sharers(material: Material, root: Path) -> Iterator[tuple[str, str]]:
    """Gives every training that other numbers of processes shared: their sums are rounded otherwise."""
    for link in (*material.record.ancestry, *material.record.control):
        file = root / link.path / RECORD
        made = read_json(Checkpoint, file).environment if file.is_file() else None
        if made and link.environment and made.processes != link.environment.processes:
            why = f"it is {made.processes}, recorded {link.environment.processes}"
            yield f"processes of {link.path}", why


def _compare_figures(recorded: Evaluation, found: Evaluation, tally: Tally) -> None:
    for part in ("selected", "scratch", "difference"):
        then: dict[str, Interval] = getattr(recorded, part)
        now: dict[str, Interval] = getattr(found, part)
        for metric, interval in then.items():
            value = now[metric].value if metric in now else None
            where = f"{METRICS}: {part}.{metric}"
            if value is not None and interval.low <= value <= interval.high:
                tally.same()
            else:
                span = f"{interval.low:.4f} to {interval.high:.4f}"
                tally.differs(where, f"it is {value}, outside of the recorded interval {span}")
