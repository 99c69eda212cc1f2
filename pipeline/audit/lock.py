"""dvc.lock against the record, and the record's stages against each other."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.audit.finding import Check, Tally
from pipeline.audit.listing import folder_md5
from pipeline.audit.material import Material
from pipeline.lineage.lock import Lock, LockedPath, LockedStage, parse_lock
from stages.contracts.errors import DataError


def check_lock(material: Material) -> Check:
    """Compares what DVC recorded with what the record says, and each input with the output that it was."""
    tally = Tally("dvc.lock", "stages")
    if material.present:
        _compare("dvc.lock", material.lock, material, tally)
    if material.revision:
        data = material.revision.read("dvc.lock")
        there = _parse(data)
        _compare(f"dvc.lock at {material.revision.commit[:12]}", there, material, tally)
        if material.present and material.lock and there:
            _check_beside(material.lock, there, material, tally)
    elif not material.present:
        tally.skip("dvc.lock", "it is another model's by now, and this model's was never committed")
    for name, stage in material.stages.items():
        for dep in stage.inputs:
            _check_input(f"{name}: {dep.path}", dep, material, tally)
    return tally.check()


def _compare(where: str, lock: Lock | None, material: Material, tally: Tally) -> None:
    if lock is None:
        tally.differs(where, "missing or damaged")
        return
    for name, recorded in material.stages.items():
        found = lock.stages.get(name)
        if found == recorded:
            tally.same()
        elif found is None:
            tally.differs(f"{where}: {name}", "the stage is gone")
        else:
            for what in _differences(found, recorded):
                tally.differs(f"{where}: {name}", what)


def _differences(found: LockedStage, recorded: LockedStage) -> Iterator[str]:
    if found.cmd != recorded.cmd:
        yield "its command is another one"
    if found.params != recorded.params:
        old, new = dict(recorded.values()), dict(found.values())
        keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        yield f"its params differ: {', '.join(keys) or 'in their order'}"
    for kind, those, these in (
        ("dependency", found.deps, recorded.deps),
        ("output", found.outs, recorded.outs),
    ):
        if those == these:
            continue
        now, then = {one.path: one for one in those}, {one.path: one for one in these}
        paths = sorted(path for path in now.keys() | then.keys() if now.get(path) != then.get(path))
        for path in paths:
            change = (
                "is gone"
                if path not in now
                else "was added"
                if path not in then
                else "has another hash or size"
            )
            yield f"its {kind} {path} {change}"
        if not paths:
            yield f"the order of its {kind}s is another one"


def _check_input(where: str, dep: LockedPath, material: Material, tally: Tally) -> None:
    """An input that a stage wrote must be what that stage wrote."""
    written = {out.path: out for stage in material.stages.values() for out in stage.outs}
    if dep.path in written:
        tally.expect(where, dep.md5, written[dep.path].md5, "the MD5 that was read")
        return
    inside = [out for path, out in written.items() if path.startswith(f"{dep.path}/")]
    if not inside:
        return
    held: dict[str, str] = {}
    for out in inside:
        listing = material.listing(out.md5) if out.folder else {"": out.md5}
        if listing is None:
            tally.skip(where, f"nobody has the list of the files of {out.path}")
            return
        place = out.path.removeprefix(f"{dep.path}/")
        held |= {f"{place}/{name}".rstrip("/"): md5 for name, md5 in listing.items()}
    if folder_md5(held) == dep.md5:
        tally.same()
        return
    recorded = material.listing(dep.md5)
    strange = [name for name, md5 in held.items() if recorded is not None and recorded.get(name) != md5]
    for name in strange:
        tally.differs(f"{where}/{name}", "it is not what was read")
    if not strange:
        tally.skip(where, "it held more than what the stages of this model wrote there")


def _check_beside(here: Lock, there: Lock, material: Material, tally: Tally) -> None:
    """Stages beside the way, such as hints, are in no record; git has them, unless they ran again."""
    for name, stage in here.stages.items():
        known = there.stages.get(name)
        if name in material.stages or known is None:
            continue
        if known == stage or material.repository.knows_run(name):
            tally.same()
        else:
            for what in _differences(stage, known):
                tally.differs(f"dvc.lock: {name}", what)


def _parse(data: bytes | None) -> Lock | None:
    try:
        return parse_lock(data.decode(), "dvc.lock") if data is not None else None
    except (UnicodeDecodeError, DataError):
        return None
