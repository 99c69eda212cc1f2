"""A run owes the model that it makes a record, whatever kills it in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lineage import making, shelf
from pipeline.lineage.due import DueRecord
from pipeline.lineage.record import GateCriteria, LineageRecord, Observed
from pipeline.outcome import RunReport, StageReport
from pipeline.plan import Plan, Step
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError
from tests.unit.pipeline.lineage.samples import sample_record


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a model; what it is made of is tested with a real one."""

    def make(_: Workspace, observed: Observed, criteria: GateCriteria) -> LineageRecord:
        return sample_record(observed=observed, gate=criteria)

    monkeypatch.setattr(making, "make_record", make)
    (tmp_path / "artifacts/model").mkdir(parents=True)
    (tmp_path / "artifacts/model/medgraft.json").write_text("{}")
    workspace = Workspace(tmp_path)
    workspace.prepare()
    return workspace


def plan(**states: str) -> Plan:
    return Plan(tuple(Step(name=name, needs=(), state=state) for name, state in states.items()))  # type: ignore[arg-type]


def ended(**outcomes: str) -> RunReport:
    stages = tuple(StageReport(name, outcome, 1.5) for name, outcome in outcomes.items())  # type: ignore[arg-type]
    return RunReport("done", 3.0, stages)


def due(workspace: Workspace, planned: Plan, trigger: str | None = None) -> DueRecord:
    return DueRecord(workspace, planned, trigger, lambda stage, line: None)


def records(workspace: Workspace) -> tuple[LineageRecord, ...]:
    return shelf.read_records(workspace.root)


@pytest.mark.parametrize("outcome", ["ran", "restored"])
def test_a_model_that_ran_or_was_restored_gets_its_record(workspace: Workspace, outcome: str) -> None:
    due(workspace, plan(select="changed", package="waiting"), "cron").settle(
        ended(select="up-to-date", package=outcome)
    )
    (record,) = records(workspace)
    assert record.observed.trigger == "cron"
    assert dict(record.observed.stage_seconds) == {"package": 1.5}


def test_a_run_that_makes_no_new_model_writes_none(workspace: Workspace) -> None:
    due(workspace, plan(package="up-to-date")).settle(ended(package="up-to-date"))
    due(workspace, plan(select="changed", package="waiting")).settle(
        ended(select="ran", package="up-to-date")
    )
    due(workspace, plan(ingest="changed")).settle(ended(ingest="ran"))
    assert records(workspace) == ()


def test_the_criteria_are_those_from_before_the_run(workspace: Workspace) -> None:
    params = workspace.root / "params.yaml"
    params.write_text("gate: {margin: 0.5}\n")
    run = due(workspace, plan(package="changed"))
    params.write_text("gate: {margin: 100}\n")
    run.settle(ended(package="ran"))
    assert records(workspace)[0].gate.margin == 0.5


def test_a_killed_run_is_made_good_by_the_next_one_which_does_nothing_else(workspace: Workspace) -> None:
    due(workspace, plan(package="changed"), "cron")
    due(workspace, plan(package="up-to-date")).settle(ended(package="up-to-date"))
    (record,) = records(workspace)
    assert record.observed.trigger == "cron"


def test_a_record_that_cannot_be_made_stays_due(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DataError("damaged", where="here", why="so", remedy="that")

    with monkeypatch.context() as patch:
        patch.setattr(making, "make_record", refuse)
        with pytest.raises(DataError):
            due(workspace, plan(package="changed")).settle(ended(package="ran"))
    due(workspace, plan(package="up-to-date")).settle(ended(package="up-to-date"))
    assert len(records(workspace)) == 1


def test_a_pipeline_that_is_not_medgrafts_gets_no_record(workspace: Workspace) -> None:
    (workspace.root / "artifacts/model/medgraft.json").unlink()
    due(workspace, plan(package="changed")).settle(ended(package="ran"))
    assert records(workspace) == ()
