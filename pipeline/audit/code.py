"""The modules that computed the model, byte by byte."""

from __future__ import annotations

import hashlib

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material


def check_code(material: Material) -> Check:
    """Hashes every module again: in the workspace where it holds the model, else in its commit."""
    tally = Tally("code", "modules")
    if material.present:
        for path, dep in material.code.items():
            tally.expect(path, material.digests.md5(material.root / path), dep.md5, "its MD5")
        return tally.check()
    if material.revision is None:
        tally.skip("the code", "the model was never committed, so git does not have it")
        return tally.check()
    dirty = set(material.record.code.dirty)
    for path, data in material.revision.read_all(material.code).items():
        found = hashlib.md5(data, usedforsecurity=False).hexdigest() if data is not None else None
        if found != material.code[path].md5 and path in dirty:
            tally.skip(path, "it was changed and not committed when the model was made")
        else:
            tally.expect(
                f"{path} at {material.revision.commit[:12]}", found, material.code[path].md5, "its MD5"
            )
    return tally.check()
