"""Shows what `medgraft data` saw and did to people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from pipeline.data.report import CheckReport, FindingReport, UseReport
from pipeline.params.yaml_line import in_line
from pipeline.printing import printer


def print_check(report: CheckReport, out: TextIO) -> None:
    """Prints what there is, and each finding with its cases and remedy."""
    left = report.cases - report.used
    lines = {
        "format": report.format,
        "cases": f"{report.cases}" + (f", of which {left} are left out" if left else ""),
        "patients": "unknown" if report.patients is None else str(report.patients),
        "labels": report.task + (f": {', '.join(report.classes)}" if report.classes else ""),
        "splits": ("given: " if report.given_splits else "made by group: ") + _splits(report),
    }
    for name, text in lines.items():
        _line(out, f"{name:<9}", "", text)
    for note in report.notes:
        _line(out, f"{'chosen':<9}", "", note)
    for finding in report.findings:
        _finding(finding, out)
    if not report.findings:
        _line(out, "nothing was found", "", "")


def print_use(report: UseReport, out: TextIO) -> None:
    """Prints the check, and what was taken and written."""
    print_check(report.check, out)
    for key, value in report.params.items():
        _line(out, "params.yaml: ", "", f"{key}: {in_line(value)}")
    for said in report.said:
        _line(out, "", "", said)
    files = report.files
    counts = {"added": files.added, "removed": files.removed, "modified": files.modified}
    changed = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    names = (
        f" ({changed}: {', '.join(files.first)}{', …' if sum(counts.values()) > len(files.first) else ''})"
    )
    _line(out, f"{report.raw}  ", report.outcome, names if changed else "")
    if report.outcome == "taken":
        kept = f"{report.raw}.dvc {report.raw.rpartition('/')[0]}/.gitignore params.yaml"
        _line(out, "next: ", "", f"`medgraft run`; to keep this state, `git add {kept}` and commit")


@contextmanager
def working(text: str) -> Iterator[None]:
    """Shows that something takes its time: moving on a terminal, as one line elsewhere."""
    if not sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield


def watched(names: list[str]) -> Iterable[str]:
    """Hands on names, with a bar on a terminal that shows how far it is."""
    if not sys.stderr.isatty():
        return names
    from rich.console import Console
    from rich.progress import track

    return track(names, description="taking", console=Console(stderr=True), transient=True)


def _splits(report: CheckReport) -> str:
    return ", ".join(f"{name} {sum(by.values())}" for name, by in report.counts.items()) or "none"


def _finding(finding: FindingReport, out: TextIO) -> None:
    _line(out, "", f"{finding.severity:<9}", f"{finding.kind}: {finding.message}")
    more = finding.count - len(finding.cases)
    if finding.cases:
        _line(out, " " * 9, "", f"cases:  {', '.join(finding.cases)}" + (f" and {more} more" if more else ""))
    if finding.remedy != "nothing":
        _line(out, " " * 9, "", f"remedy: {finding.remedy}")


def _line(out: TextIO, head: str, word: str, tail: str) -> None:
    """Prints one line, whatever a file is called; the word in the middle may have a colour."""
    printer(out)(head, word, "".join(c if c.isprintable() else ascii(c)[1:-1] for c in tail))
