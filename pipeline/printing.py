"""Shows reports to people: in colours on a terminal, as plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

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
    "ok": "green",
    "differs": "bold red",
    "not checked": "yellow",
    "taken": "green",
    "severe": "bold red",
    "warning": "yellow",
    "note": "dim",
}
Show = Callable[[str, str, str], None]


def print_run(report: RunReport, out: TextIO) -> None:
    """Prints a line for each stage, and one for all."""
    show = printer(out)
    width = max((len(stage.name) for stage in report.stages), default=0)
    for stage in report.stages:
        seconds = f"{stage.seconds:7.1f} s" if stage.outcome not in ("up-to-date", "not-run") else " " * 9
        why = "  " + "; ".join(stage.why) if stage.why else ""
        show(f"{stage.name:<{width}}  ", f"{stage.outcome:<10}", f" {seconds}{why}")
    counts = {word: sum(stage.outcome == word for stage in report.stages) for word in _STYLES}
    parts = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    show("", report.outcome, f" in {report.seconds:.1f} s ({parts})")


def print_status(report: StatusReport, out: TextIO) -> None:
    """Prints a line for each stage that a run would work on, and one for the rest."""
    show = printer(out)
    todo = [stage for stage in report.stages if stage.state != "up-to-date"]
    width = max((len(stage.name) for stage in todo), default=0)
    for stage in todo:
        show(f"{stage.name:<{width}}  ", f"{stage.state:<10}", "  " + "; ".join(stage.why))
    fresh = len(report.stages) - len(todo)
    if todo:
        show(f"{fresh} up to date, {len(todo)} to bring up to date: `medgraft run`", "", "")
    else:
        show("", "up-to-date", f" ({fresh} stages)")


def printer(out: TextIO) -> Show:
    """Gives a function that prints a line of which the middle part is a word with a colour."""
    if not out.isatty():
        return lambda head, word, tail: print(f"{head}{word}{tail}".rstrip(), file=out, flush=True)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False)
    return lambda head, word, tail: console.print(
        Text.assemble(head, (word, _STYLES.get(word.strip(), "")), tail), soft_wrap=True
    )
