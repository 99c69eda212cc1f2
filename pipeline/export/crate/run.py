"""The workflow as it ran: an action for it all, and one for each step with what it read and wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.export.crate.things import Things
from pipeline.export.crate.workflow import Workflow
from pipeline.export.subject import Subject
from pipeline.lineage.lock import LockedStage

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

_DONE = "http://schema.org/CompletedActionStatus"


def add_run(crate: ROCrate, things: Things, subject: Subject, workflow: Workflow) -> None:
    """Adds the run of the workflow to the crate, and to what its root mentions."""
    from rocrate.model.contextentity import ContextEntity

    made = {out.path for _, stage in subject.steps for out in stage.outs}
    raw = [dep for _, stage in subject.steps for dep in stage.inputs if not _within(dep.path, made)]
    actions = {name: _action(crate, things, workflow, name, stage) for name, stage in subject.steps}
    whole = crate.add_action(workflow.main, "#run", properties=_timed(subject, "Run of the workflow"))
    whole["object"] = list({thing.id: thing for thing in map(things.path, raw)}.values())
    whole["result"] = [crate.dereference("model/"), crate.dereference("metrics.json")]
    controls = []
    for name, action in actions.items():
        facts = {"@type": "ControlAction", "name": f"Orchestration of {name}"}
        control = crate.add(ContextEntity(crate, f"#control/{quote(name)}", facts))
        control["instrument"], control["object"] = workflow.steps[name], action
        controls.append(control)
    facts = _timed(subject, "Orchestration of the workflow") | {"@type": "OrganizeAction"}
    organised = crate.add(ContextEntity(crate, "#orchestration", facts))
    organised["instrument"], organised["object"], organised["result"] = workflow.engine, controls, whole
    crate.root_dataset["mentions"] = [whole, organised, *actions.values()]


def _action(crate: ROCrate, things: Things, workflow: Workflow, name: str, stage: LockedStage) -> Any:
    facts = {"@type": "CreateAction", "name": f"Run of {name}", "actionStatus": _DONE}
    facts["description"] = stage.command
    inputs = [things.path(dep) for dep in stage.inputs]
    inputs += [things.value(key, value) for key, value in stage.values()]
    outputs = [things.path(out) for out in stage.outs]
    return crate.add_action(
        workflow.tools[name], f"#run/{quote(name)}", object=inputs, result=outputs, properties=facts
    )


def _timed(subject: Subject, name: str) -> dict[str, Any]:
    observed = subject.record.observed
    facts = {"@type": "CreateAction", "name": name, "actionStatus": _DONE}
    times = {"startTime": observed.started_at, "endTime": observed.ended_at}
    return facts | {key: value for key, value in times.items() if value}


def _within(path: str, made: set[str]) -> bool:
    return any(path == out or path.startswith(out + "/") for out in made)
