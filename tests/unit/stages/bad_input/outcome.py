"""Runs a stage on one kind of bad input, and holds what came of it against the table."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.runs import Workspace

FIELDS = ("error", "where", "why", "remedy")


@dataclass(frozen=True)
class Outcome:
    """What a user is told: an error, or a finding."""

    code: int
    message: str
    remedy: str


def meet(kind: Kind, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> Outcome:
    """Makes healthy data, spoils them, runs the stage, and checks all that every kind has in common."""
    kind.healthy(workspace)
    assert workspace.ingest() == 0
    if kind.stage == "prepare":
        assert workspace.prepare() == 0
    usual = set(workspace.findings())
    kind.spoil(workspace)
    out = "ingested" if kind.stage == "ingest" else "prepared"
    before = workspace.bytes_of(out)
    capsys.readouterr()
    run = workspace.ingest if kind.stage == "ingest" else workspace.prepare
    code = run(**kind.params)
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert code == kind.code, err
    return _refused(kind, workspace, err, before, out) if code else _survived(kind, workspace, err, usual)


def _refused(kind: Kind, workspace: Workspace, err: str, before: dict[str, bytes], out: str) -> Outcome:
    lines = err.rstrip("\n").splitlines()
    block = dict(zip(FIELDS, (line.partition(":")[2].strip() for line in lines[-4:]), strict=True))
    assert [line.partition(":")[0].strip() for line in lines[-4:]] == list(FIELDS), err
    assert all(block.values()), err
    for case in kind.cases:
        assert case in err, f"the error does not name {case}"
    assert workspace.bytes_of(out) == before, "an earlier output was lost"
    return Outcome(kind.code, block["error"], block["remedy"])


def _survived(kind: Kind, workspace: Workspace, err: str, usual: set[str]) -> Outcome:
    findings = workspace.findings()
    if kind.finding is None:
        assert set(findings) <= usual
        return Outcome(0, "", "")
    found = findings[kind.finding]
    assert found.severity == kind.severity
    assert set(kind.cases) <= set(found.cases)
    if kind.severity == "warning":
        assert f"the finding '{kind.finding}' is a warning" in err
    return Outcome(0, f"{kind.severity} `{kind.finding}`: {found.message}", found.remedy)
