from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.outcome import ChangeReport, StageStatus, StatusReport
from pipeline.retraining.settings import DriftLimits, RetrainSettings, load_settings
from pipeline.retraining.triggers import describe_changes, find_triggers
from stages.contracts.artifact import write_json
from stages.contracts.drift import Drift, Shift
from stages.contracts.errors import ParamsError

NOW = datetime.now(UTC)
NEW_CASES = ChangeReport("data/raw/target", added=3, removed=0, modified=1)
CHANGED = StatusReport(
    "changed", (StageStatus("ingest@target", "changed", ("data/raw/target: patient7.png",), (NEW_CASES,)),)
)
IDLE = StatusReport("up-to-date", (StageStatus("ingest@target", "up-to-date"),))
LIMITED = RetrainSettings(on_change=False, drift=DriftLimits(classes=0.2, intensities=0.5), age_days=30)


def drift(root: Path, when: datetime, **distances: float) -> None:
    shifts = tuple(
        Shift(cases="new", measure=measure, distance=distance, p=1e-9, count=40, against=400)
        for measure, distance in distances.items()
    )
    file = root / ".medgraft" / "drift-target.json"
    file.parent.mkdir(exist_ok=True)
    write_json(Drift(domain="target", shifts=shifts), file)
    os.utime(file, (when.timestamp(), when.timestamp()))


def test_where_nothing_changed_nothing_is_due_however_old_the_champion_is(tmp_path: Path) -> None:
    assert find_triggers(tmp_path, LIMITED, IDLE, NOW - timedelta(days=900)) == ()


def test_by_default_every_change_is_enough(tmp_path: Path) -> None:
    assert find_triggers(tmp_path, RetrainSettings(), CHANGED, NOW) == (
        "data/raw/target changed (3 added, 1 modified)",
    )


def test_changes_wait_where_the_params_say_so_but_never_for_a_first_model(tmp_path: Path) -> None:
    assert find_triggers(tmp_path, LIMITED, CHANGED, NOW) == ()
    assert find_triggers(tmp_path, LIMITED, CHANGED, None)


def test_a_drift_beyond_its_own_limit_is_due(tmp_path: Path) -> None:
    drift(tmp_path, NOW, classes=0.25, mean=0.4)
    (found,) = find_triggers(tmp_path, LIMITED, CHANGED, NOW - timedelta(days=1))
    assert found.startswith("drift in target: classes of 40 new cases")
    assert found.endswith("(limit 0.2)")


def test_a_drift_that_the_champion_has_been_trained_with_is_past(tmp_path: Path) -> None:
    drift(tmp_path, NOW - timedelta(days=2), classes=0.9)
    assert find_triggers(tmp_path, LIMITED, CHANGED, NOW - timedelta(days=1)) == ()


def test_an_old_champion_takes_the_changes_that_wait(tmp_path: Path) -> None:
    assert find_triggers(tmp_path, LIMITED, CHANGED, NOW - timedelta(days=31)) == (
        "the champion is older than 30 days",
    )


def test_what_changed_is_said_without_the_name_of_a_case() -> None:
    text = describe_changes(CHANGED)
    assert text == "data/raw/target changed (3 added, 1 modified)"
    params = StageStatus("finetune", "changed", ("params.yaml: finetune.epochs 3 -> 4",))
    assert "finetune.epochs 3 -> 4" in describe_changes(StatusReport("changed", (params,)))


@pytest.mark.parametrize(
    "section", ["{age_days: 0}", "{drift: {classes: 2}}", "{webhook: 'file:///x'}", "{ag: 1}"]
)
def test_a_section_that_is_not_valid_is_an_error(tmp_path: Path, section: str) -> None:
    (tmp_path / "params.yaml").write_text(f"retrain: {section}\n")
    with pytest.raises(ParamsError):
        load_settings(tmp_path)
