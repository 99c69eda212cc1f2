"""What a run shows in Prefect: metrics, the transfer ledger, links to plots, and the stages' times."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prefect.artifacts import create_link_artifact, create_table_artifact

from pipeline.execution import Execution
from pipeline.plan import Step
from pipeline.workspace import Workspace

_LEDGER = "ledger.json"
_ROWS = 500


def publish_stage(step: Step, workspace: Workspace) -> None:
    """Publishes a stage's metrics, ledgers and plots."""
    try:
        for path in step.metrics:
            rows = [{"metric": key, "value": value} for key, value in _leaves(_read(workspace.root / path))]
            create_table_artifact(rows[:_ROWS], key=_key("metrics", path), description=f"{step.name}: {path}")
        for path in step.outputs:
            ledger = workspace.root / path / _LEDGER
            if ledger.is_file():
                rows = _ledger_rows(_read(ledger))
                create_table_artifact(
                    rows, key=_key("ledger", path), description=f"{step.name}: what was transferred"
                )
        for path in step.plots:
            link = (workspace.root / path).as_uri()
            create_link_artifact(link, link_text=path, key=_key("plot", path), description=step.name)
    except Exception:  # The stage is done and recorded: a picture of it must not undo that.
        logging.getLogger("prefect.medgraft").warning("no artifact of %s", step.name, exc_info=True)


def publish_run(execution: Execution) -> None:
    """Publishes what each stage came to, with its true seconds."""
    rows: list[dict[str, Any]] = [
        {"stage": name, "outcome": report.outcome, "seconds": report.seconds, "why": "; ".join(report.why)}
        for name, report in list(execution.reports.items())
    ]
    try:
        create_table_artifact(rows, key="medgraft-stages", description="What each stage came to, and why")
    except Exception:
        logging.getLogger("prefect.medgraft").warning("no artifact of the run", exc_info=True)


def _read(file: Path) -> Any:
    return json.loads(file.read_bytes()) if file.suffix == ".json" else {}


def _ledger_rows(ledger: Any) -> list[dict[str, Any]]:
    tables = ledger.values() if isinstance(ledger, dict) else [ledger]
    rows = next((t for t in tables if isinstance(t, list) and t and isinstance(t[0], dict)), None)
    if rows is None:
        return [{"entry": key, "value": value} for key, value in _leaves(ledger)][:_ROWS]
    return [{key: str(value) for key, value in row.items()} for row in rows[:_ROWS]]


def _leaves(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _leaves(value, f"{prefix}{key}.")
    elif isinstance(values, list):
        yield prefix.rstrip("."), json.dumps(values)
    else:
        yield prefix.rstrip("."), values


def _key(kind: str, path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{kind}-{path}".lower()).strip("-")
