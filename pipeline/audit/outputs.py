"""What the stages wrote, byte by byte, as it lies in the workspace."""

from __future__ import annotations

from pipeline.audit.finding import Check, Tally
from pipeline.audit.listing import compare, folder_md5
from pipeline.audit.material import Material
from pipeline.lineage.lock import LockedPath


def check_outputs(material: Material) -> Check:
    """Hashes every output in the workspace again."""
    tally = Tally("outputs", "files in the workspace")
    if not material.present:
        tally.skip("the workspace", "it holds another model; this one is audited from the cache and git")
        return tally.check()
    outs = material.outs.values()
    here = [out for out in outs if (material.root / out.path).exists()]
    if not here:
        tally.skip("the workspace", "no output is here: `dvc pull`, or `dvc checkout` after `dvc fetch`")
        return tally.check()
    for out in outs:
        compare_here(material, out, tally)
    return tally.check()


def compare_here(material: Material, one: LockedPath, tally: Tally) -> None:
    """Compares a file or a folder of the workspace with what was recorded of it."""
    if not (material.root / one.path).exists():
        kept = [material.repository.object(one.md5), *material.objects(one).values()]
        if any(file.is_file() for file in kept):
            tally.differs(one.path, f"missing: `dvc checkout {one.path}` brings it back")
        elif material.revision and material.revision.files(one.path):
            tally.differs(one.path, f"missing: `git checkout {one.path}` brings it back")
        else:
            tally.skip(one.path, f"not here: `dvc pull {one.path}`")
    elif one.folder:
        _compare_folder(material, one, tally)
    else:
        tally.expect(one.path, material.digests.md5(material.root / one.path), one.md5, "its MD5")


def _compare_folder(material: Material, one: LockedPath, tally: Tally) -> None:
    files = material.present_files(one.path)
    if files is None:
        tally.differs(one.path, "a file, recorded as a folder")
        return
    found = {name: material.digests.md5(file) or "unreadable" for name, file in files.items()}
    recorded = material.listing(one.md5)
    if recorded is None:
        tally.expect(one.path, folder_md5(found), one.md5, "its MD5")
        return
    differences = list(compare(one.path, recorded, found))
    for remark in differences:
        tally.differs(remark.where, remark.why)
    tally.same(len(recorded) - len(differences) if len(differences) < len(recorded) else 0)
