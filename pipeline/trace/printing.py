"""Shows a trace to people."""

from __future__ import annotations

from typing import TextIO

from pipeline.printing import printer
from pipeline.trace.report import EFFECTS, RETRAINED, ModelTrace, Sighting, TraceReport

SHOWN = 5
"""Data that could not be read are named so many times; of the others there is the number."""


def print_trace(report: TraceReport, out: TextIO) -> None:
    """Prints a line per model, and what follows."""
    show = printer(out)
    for model in report.models:
        show(f"{_name(model)}  ", EFFECTS[model.effect], f"  {_places(model.sightings)}{_again(model)}")
    if report.matched == "path":
        show("", "warning", ": no case has these bytes; found by the path, whose bytes were others then")
    if report.inside is not None:
        manifest = f"artifacts/ingested/{report.inside}/manifest.parquet"
        show("", "warning", f": no case of {report.inside} is this file itself")
        show(
            "  rows of a table and images of an archive or a package are cases without a file of their",
            "",
            "",
        )
        show(f"  own: ask for each with --case NAME; {manifest} has the names in case_id", "", "")
    total, retrain = len(report.models), len(report.retrain)
    show(f"seen by {_count(total, 'model')}; {retrain} would have to be retrained without it", "", "")
    if report.present:
        show("", "", f"it is in the workspace's data: {_places(report.present)}")
    if report.left_out is not None:
        where = ", ".join(report.left_out) or "no domain: it is in none of today's params.yaml"
        show("", "withdrawn", f": the next run leaves it out of {where}; lineage/log.jsonl has an entry")
        show("commit params.yaml and lineage/; raw data that must be erased are yours to delete", "", "")
    _print_unread(report, show_all=out)


def _print_unread(report: TraceReport, show_all: TextIO) -> None:
    show = printer(show_all)
    for one in report.unread[:SHOWN]:
        who = f"model {one.identity[:16]}" if one.identity else "the workspace"
        show("", "warning", f": {who}, {one.domain}: cannot tell: {one.why}")
    if report.unread:
        hidden = len(report.unread) - SHOWN
        more = f"{hidden} more likewise; " if hidden > 0 else ""
        show(
            f"  {more}remedy: `dvc fetch --all-commits` (or `dvc fetch --rev REVISION`), then trace again",
            "",
            "",
        )


def _name(model: ModelTrace) -> str:
    version = f"v{model.version}" if model.version else "-"
    marks = " champion" if model.champion else ""
    return f"{version:<5} {model.identity[:16]}{marks}{' withdrawn' if model.withdrawn else ''}"


def _again(model: ModelTrace) -> str:
    return f"; to make again: {_count(len(model.stages), 'stage')}" if model.effect in RETRAINED else ""


def _places(sightings: tuple[Sighting, ...]) -> str:
    return ", ".join(
        f"{one.domain}/{one.split or f'left out ({one.excluded_because})'} {_count(len(one.cases), 'case')}"
        for one in sightings
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
