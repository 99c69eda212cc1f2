"""Shows reports to people: in colours on a terminal, as plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pipeline.outcome import RunReport, StatusReport

_STYLES = {
    "up-to-date": "dim",
    "restored": "cyan",
    "ran": "green",
    "failed": "bold red",
    "not-run": "yellow",
    "changed": "yellow",
    "waiting": "dim yellow",
    "done": "green",
}


def print_run(report: RunReport, console: Console) -> None:
    """Prints a line for each stage, and one for all."""
    width = max((len(stage.name) for stage in report.stages), default=0)
    for stage in report.stages:
        seconds = f"{stage.seconds:7.1f} s" if stage.outcome not in ("up-to-date", "not-run") else " " * 9
        _line(console, stage.name, width, stage.outcome, seconds, stage.why)
    counts = {word: sum(stage.outcome == word for stage in report.stages) for word in _STYLES}
    parts = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    console.print(
        Text.assemble((report.outcome, _STYLES[report.outcome]), f" in {report.seconds:.1f} s ({parts})"),
        soft_wrap=True,
    )


def print_status(report: StatusReport, console: Console) -> None:
    """Prints a line for each stage that a run would work on, and one for the rest."""
    todo = [stage for stage in report.stages if stage.state != "up-to-date"]
    width = max((len(stage.name) for stage in todo), default=0)
    for stage in todo:
        _line(console, stage.name, width, stage.state, "", stage.why)
    fresh = len(report.stages) - len(todo)
    text = f"{fresh} up to date, {len(todo)} to bring up to date: `medgraft run`"
    console.print(text if todo else "up to date")


def _line(console: Console, name: str, width: int, outcome: str, seconds: str, why: tuple[str, ...]) -> None:
    head = Text.assemble(f"{name:<{width}}  ", (f"{outcome:<10}", _STYLES[outcome]), f" {seconds}")
    console.print(Text.assemble(head, ("  " + "; ".join(why) if why else "")), soft_wrap=True)
