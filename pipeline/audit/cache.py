"""What the stages wrote and read, byte by byte, as it lies in DVC's cache."""

from __future__ import annotations

from pipeline.audit.finding import Check, Tally
from pipeline.audit.listing import parse_listing
from pipeline.audit.material import Material
from pipeline.audit.recheck import NOT_HERE
from pipeline.lineage.lock import LockedPath


def check_cache(material: Material) -> Check:
    """Hashes every object of the model again: its name says what its bytes must be."""
    tally = Tally("cache", "objects")
    objects = [file for out in material.outs.values() for file in material.objects(out).values()]
    if not any(file.is_file() for file in objects):
        tally.skip("the cache", NOT_HERE)
        return tally.check()
    for out in material.outs.values():
        _check(material, out, tally, needed=material.present and (material.root / out.path).exists())
    for raw in material.raw.values():
        if raw.folder and material.repository.object(raw.md5).is_file():
            _check(material, raw, tally, needed=material.present)
    return tally.check()


def _check(material: Material, one: LockedPath, tally: Tally, *, needed: bool) -> None:
    if one.folder:
        own = material.repository.object(one.md5)
        if not own.is_file():
            _missing(f"{one.path}: object {one.md5}", tally, needed=needed)
        elif material.digests.md5(own) != one.md5.removesuffix(".dir"):
            damage = "its bytes are not what its name says" if parse_listing(own.read_bytes()) else "damaged"
            tally.differs(f"{one.path}: object {one.md5}", damage)
        else:
            tally.same()
    for path, file in material.objects(one).items():
        name = file.parent.name + file.name
        found = material.digests.md5(file)
        if found is None:
            _missing(f"{path}: object {name}", tally, needed=needed)
        elif found != name:
            tally.differs(f"{path}: object {name}", f"damaged: its MD5 is {found}")
        else:
            tally.same()


def _missing(where: str, tally: Tally, *, needed: bool) -> None:
    """An object is missed where the workspace has its file; of another model it may have been let go."""
    if needed:
        tally.differs(where, "missing, though the workspace has what it was made from")
    else:
        tally.skip(where, NOT_HERE)
