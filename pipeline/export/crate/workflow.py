"""The workflow as it is written down: dvc.yaml, its steps, and the program of each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.export.digests import file_sha256
from pipeline.export.subject import Subject
from pipeline.lineage.lock import LockedStage

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

GRAPH = "dvc.yaml"


@dataclass(frozen=True)
class Workflow:
    """Entities of the workflow.

    Attributes:
        main: dvc.yaml.
        engine: What ran it.
        tools: The program of each step, by the step's name.
        steps: The steps, by name.
    """

    main: Any
    engine: Any
    tools: dict[str, Any]
    steps: dict[str, Any]


def add_workflow(crate: ROCrate, subject: Subject, folder: Path) -> Workflow:
    """Adds the workflow, which is written to the folder."""
    from rocrate.model.computationalworkflow import ComputationalWorkflow
    from rocrate.model.contextentity import ContextEntity

    (folder / GRAPH).write_text(subject.graph(), encoding="utf-8")
    kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
    facts = {"@type": kinds, "name": "Transfer learning, from raw data to a packaged model"}
    facts["sha256"] = file_sha256(folder / GRAPH)
    main = crate.add(ComputationalWorkflow(crate, folder / GRAPH, GRAPH, properties=facts))
    dvc = {"@type": "ComputerLanguage", "name": "DVC", "url": {"@id": "https://dvc.org"}}
    main["programmingLanguage"] = crate.add(ContextEntity(crate, "#dvc", dvc))
    tools: dict[str, Any] = {}
    steps: dict[str, Any] = {}
    for place, (name, stage) in enumerate(subject.steps):
        tools[name] = _tool(crate, subject, name, stage)
        step = {"@type": "HowToStep", "name": name, "position": str(place)}
        steps[name] = crate.add(ContextEntity(crate, f"#step/{quote(name)}", step))
        steps[name]["workExample"] = tools[name]
    main["hasPart"] = list({tool.id: tool for tool in tools.values()}.values())
    main["step"] = list(steps.values())
    return Workflow(main, _engine(crate, subject), tools, steps)


def _tool(crate: ROCrate, subject: Subject, name: str, stage: LockedStage) -> Any:
    """Adds the program of a stage, once for all stages that it is the program of."""
    from rocrate.model.contextentity import ContextEntity

    module = name.partition("@")[0]
    lines = "".join(f"{dep.md5}  {dep.path}\n" for dep in sorted(stage.code, key=lambda dep: dep.path))
    facts = {
        "@type": "SoftwareSourceCode",
        "name": f"stages/{module}.py",
        "description": f"With its imports {len(stage.code)} modules; the hash is of `md5sum`'s list.",
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "version": subject.record.code.revision or subject.record.code.version,
    }
    identifier = f"#tool/{module}/{facts['sha256'][:12]}"
    return crate.dereference(identifier) or crate.add(ContextEntity(crate, identifier, facts))


def _engine(crate: ROCrate, subject: Subject) -> Any:
    from rocrate.model.contextentity import ContextEntity

    software = subject.record.software
    facts = {
        "@type": "SoftwareApplication",
        "name": "medgraft",
        "softwareVersion": subject.record.code.version,
        "description": f"On {software.implementation} {software.python}, {software.machine}.",
        "softwareRequirements": [f"{name}=={release}" for name, release in sorted(software.packages.items())],
    }
    return crate.add(ContextEntity(crate, "#medgraft", facts))
