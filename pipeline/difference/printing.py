"""Shows the difference of two models to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from pipeline.difference.report import Change, DiffReport, DomainChange
from pipeline.printing import printer

SHOWN = 10
"""Changes of a kind that are named; of the others there is the number, and `--json` has all."""
DIGITS = 12


def print_diff(report: DiffReport, out: TextIO) -> None:
    """Prints a part for each kind of difference; what is the same is said in a word."""
    show = printer(out)
    show(f"from {report.before[:16]} to {report.after[:16]}", "", "")
    for domain in report.data:
        show(f"data {domain.domain}: ", "", _said(domain))
    if not report.data:
        show("data: the same", "", "")
    parts = {
        "params": report.params,
        "code": report.code,
        "environment": report.environment,
        "stages": report.stages,
    }
    for name, changes in parts.items():
        _print_changes(name, changes, out, digits=DIGITS if name == "code" else None)
    if report.scores is None:
        show("scores: ", "warning", f" not compared: {report.incomparable}")
        return
    show(f"scores on {report.scores.cases} test cases in common ({report.scores.groups} groups):", "", "")
    for metric, gap in report.scores.difference.items():
        before, after = report.scores.before[metric].value, report.scores.after[metric].value
        show(
            f"  {metric}: {before:.3f} to {after:.3f}, {gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})",
            "",
            "",
        )


def _said(domain: DomainChange) -> str:
    if domain.unread:
        return f"not compared: {domain.unread}"
    kinds = ("added", "removed", "modified", "moved")
    cases = ", ".join(f"{len(getattr(domain, kind))} {kind}" for kind in kinds)
    return f"cases {cases}; patients {domain.patients_added} added, {domain.patients_removed} removed"


def _print_changes(name: str, changes: Sequence[Change], out: TextIO, digits: int | None) -> None:
    show = printer(out)
    if not changes:
        show(f"{name}: the same", "", "")
        return
    show(f"{name}: {len(changes)} changed", "", "")
    for change in changes[:SHOWN]:
        before, after = ("-" if value is None else value[:digits] for value in (change.before, change.after))
        show(f"  {change.what}: {before} to {after}", "", "")
    if len(changes) > SHOWN:
        show(f"  and {len(changes) - SHOWN} more", "", "")
