"""Times `medgraft serve`: from an event to the start of its flow, and runs that find nothing to do.

python benchmarks/events.py [--events 5] [--period 15]

A workspace of one trivial stage. An event is emitted as `medgraft data use` emits it; the flow starts when it
is `Running` in Prefect. A flow's own time goes from there to its end, after interpreter and Prefect started.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.serving.address import DATA_USED, emit
from pipeline.workspace import Workspace
from tests.flow.service import Service

ENDED = ("Retrained", "Unchanged")


def ended(service: Service, asked_by: str) -> list[dict[str, Any]]:
    """Gives the finished runs of an occasion, the first one first."""
    runs = [run for run in service.runs() if run["parameters"].get("asked_by") == asked_by]
    return sorted((run for run in runs if run["state_name"] in ENDED), key=lambda run: run["start_time"])


def more_than(service: Service, number: int) -> bool:
    """Tells whether more runs than that have come of events."""
    return len(ended(service, "event")) > number


def told(what: str, values: Sequence[float]) -> None:
    """Prints a row."""
    spread = ", ".join(f"{value:.1f}" for value in values)
    print(f"{what:<45} median {statistics.median(values):5.1f} s, each {spread}", flush=True)


def main() -> None:
    """Prints three rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5)
    parser.add_argument("--period", type=int, default=15)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder) / "project")
        try:
            service.start("--on-event")
            started = []
            for number in range(args.events):
                service.put(f"0.{number}")
                begun = datetime.now(UTC)
                emit(Workspace(service.project.root), DATA_USED, {"domain": "target"}, lambda *_: None)
                service.until(partial(more_than, service, number))
                run = ended(service, "event")[-1]
                started.append((datetime.fromisoformat(run["start_time"]) - begun).total_seconds())
            print(f"load average {os.getloadavg()[0]:.1f}")
            told("event to start of the flow, data changed", started)
            told(
                "the flow: one trivial stage run", [run["total_run_time"] for run in ended(service, "event")]
            )
            service.start("--every", str(args.period))
            service.until(lambda: len(ended(service, "schedule")) >= args.events)
            told("scheduled, nothing to do", [run["total_run_time"] for run in ended(service, "schedule")])
        finally:
            service.end()


if __name__ == "__main__":
    main()
