"""The commands of the stages, and what they read and write, against dvc.yaml."""

from __future__ import annotations

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material


def check_commands(material: Material) -> Check:
    """Compares every stage on the way to the model with its declaration."""
    tally = Tally("commands", "stages of dvc.yaml")
    if material.declared is None:
        if material.present:
            tally.differs("dvc.yaml", "it cannot be read together with params.yaml")
        else:
            tally.skip("dvc.yaml", "the model was never committed, so git does not have its graph")
        return tally.check()
    for name, stage in material.stages.items():
        where, declared = f"dvc.yaml: {name}", material.declared.get(name)
        if declared is None:
            tally.differs(where, "there is no such stage")
            continue
        tally.expect(where, declared.command, stage.command, "its command")
        for kind, found, recorded in (
            ("dependency", declared.deps, [dep.path for dep in stage.deps]),
            ("output", declared.outs, [out.path for out in stage.outs]),
        ):
            for path in sorted(set(recorded) - set(found)):
                tally.differs(where, f"its {kind} {path} is gone")
            for path in sorted(set(found) - set(recorded)):
                tally.differs(where, f"its {kind} {path} was not recorded")
    return tally.check()
