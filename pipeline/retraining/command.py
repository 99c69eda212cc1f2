"""What `medgraft retrain` prints, and the exit code it ends with."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

from pipeline.logbook import Logbook
from pipeline.processes.environment import settle_prefect
from pipeline.reporting import reporting
from pipeline.retraining.cycle import Cycle, Retraining
from pipeline.serving.address import RETRAINED, emit
from pipeline.workspace import Workspace


def retrain_command(asked_by: str, *, as_json: bool) -> int:
    """Retrains if that is due, prints what came of it, and gives the exit code."""
    workspace, logbook = Workspace.find(), Logbook()
    os.chdir(workspace.root)
    settle_prefect(workspace.state)
    with reporting() as out:
        cycle, error = Retraining(workspace.root, asked_by, logbook).carry_out()
        if cycle.outcome in ("retrained", "failed"):
            emit(workspace, RETRAINED, _payload(cycle), logbook.write)
        print(json.dumps(asdict(cycle)) if as_json else _lines(cycle), file=out, flush=True)
    if error:
        print(error, file=sys.stderr)
    return error.exit_code if error else 0


def _payload(cycle: Cycle) -> dict[str, str]:
    return {"outcome": cycle.outcome, "verdict": cycle.verdict, "decision": cycle.decision}


def _lines(cycle: Cycle) -> str:
    facts = {
        "due": "; ".join(cycle.due),
        "changed": cycle.changes,
        "done": cycle.done,
        "verdict": cycle.verdict,
        "decision": cycle.decision,
    }
    shown = [f"{name + ':':<10}{text}" for name, text in facts.items() if text]
    return "\n".join([f"{cycle.outcome} in {cycle.seconds:.1f} s", *shown])
