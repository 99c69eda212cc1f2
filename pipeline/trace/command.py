"""What `medgraft trace` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from pipeline.trace.printing import print_trace
from pipeline.trace.report import By, TraceReport, to_json
from pipeline.trace.tracing import trace
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError


def trace_command(
    given: Sequence[tuple[By, str]], out: TextIO, *, withdraw: bool, reason: str | None, as_json: bool
) -> None:
    """Traces, withdraws where that is asked for, and prints what came of it.

    Raises:
        UsageError: If not exactly one thing is asked for, or it cannot be withdrawn.
    """
    if len(given) != 1:
        why = f"{len(given)} of --patient, --case and --file are given"
        raise _wrong("trace needs one thing to look for", why, "give exactly one of them")
    if reason is not None and not withdraw:
        raise _wrong("a reason is of a withdrawal", "--withdraw is not given", "add it, or drop --reason")
    by, value = given[0]
    workspace = Workspace.find()
    report = trace(workspace, by, value)
    if withdraw:
        report = _withdraw(workspace, report, value, reason)
    if report.models:  # Registry and log take longer to import than to read.
        from pipeline.trace.marking import marked

        report = marked(workspace.root, report)
    if as_json:
        print(to_json(report), file=out, flush=True)
    else:
        print_trace(report, out)


def _withdraw(workspace: Workspace, report: TraceReport, name: str, reason: str | None) -> TraceReport:
    from pipeline.lineage.git import ask_git
    from pipeline.trace.withdrawal import Withdrawal, withdraw

    if report.by == "file":
        raise _wrong("a file cannot withdraw", "a patient or a case can", "trace it, and withdraw its cases")
    user = ask_git(workspace.root, "-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    by = user.rsplit(" ", 2)[0] if user else "unknown"
    with workspace.held():
        left_out = withdraw(workspace, Withdrawal(report.by, name, reason, by), report)
    return replace(report, left_out=left_out)


def _wrong(what: str, why: str, remedy: str) -> UsageError:
    return UsageError(what, where="medgraft trace", why=why, remedy=remedy)
