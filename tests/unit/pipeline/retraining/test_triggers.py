from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.outcome import ChangeReport, StageStatus, StatusReport
from pipeline.retraining.settings import DriftLimits, PerformanceLimit, RetrainSettings, load_settings
from pipeline.retraining.triggers import describe_changes, find_triggers
from stages.contracts.artifact import write_json
from stages.contracts.drift import Drift, Shift
from stages.contracts.errors import ParamsError
from stages.contracts.monitoring import Monitoring, NewScore, PredictionShift
from stages.contracts.scores import Interval

NOW = datetime.now(UTC)
NEW_CASES = ChangeReport("data/raw/target", added=3, removed=0, modified=1)
CHANGED = StatusReport(
    "changed", (StageStatus("ingest@target", "changed", ("data/raw/target: patient7.png",), (NEW_CASES,)),)
)
IDLE = StatusReport("up-to-date", (StageStatus("ingest@target", "up-to-date"),))
WATCHED = RetrainSettings(
    on_change=False, drift=DriftLimits(predictions=0.3), performance=PerformanceLimit(limit=0.75)
)
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


def monitoring(*shifts: tuple[str, float, float], value: float = 0.8, cases: int = 60) -> Monitoring:
    score = NewScore(
        metric="auroc", score=Interval(value=value, low=value - 0.1, high=1), cases=cases, groups=30
    )
    found = tuple(PredictionShift(measure=name, distance=far, p=p) for name, far, p in shifts)
    return Monitoring(new=70, against=90, shifts=found, performance=score)


def due(root: Path, seen: Monitoring, settings: RetrainSettings = WATCHED) -> tuple[str, ...]:
    return find_triggers(root, settings, CHANGED, NOW, seen)


def test_predictions_that_drift_beyond_their_limit_and_beyond_chance_are_due(tmp_path: Path) -> None:
    assert due(tmp_path, monitoring(("yes", 0.4, 0.001), ("called", 0.4, 0.02))) == (
        "drift of the champion's predictions, 70 new cases against 90 test cases: "
        "output 'yes', distance 0.40, p 0.001 (limit 0.3)",
    )
    assert due(tmp_path, monitoring(("called", 0.29, 1e-9))) == ()
    assert due(tmp_path, monitoring(("called", 0.9, 1e-9)), LIMITED) == ()


def test_a_performance_on_the_worse_side_of_its_limit_is_due_with_enough_cases(tmp_path: Path) -> None:
    assert due(tmp_path, monitoring(value=0.74)) == (
        "the champion's performance on newly labelled cases: "
        "auroc 0.740 [0.640, 1.000] on 60 cases (limit 0.75)",
    )
    assert due(tmp_path, monitoring(value=0.74, cases=49)) == ()
    assert due(tmp_path, monitoring(value=0.75)) == ()
    seen = monitoring(value=3.0)
    assert seen.performance is not None
    error = seen.performance.model_copy(update={"metric": "mae"})
    assert due(tmp_path, seen.model_copy(update={"performance": error}))


def test_all_that_fired_is_told_and_not_the_first_alone(tmp_path: Path) -> None:
    drift(tmp_path, NOW, classes=0.25)
    settings = WATCHED.model_copy(
        update={"on_change": True, "age_days": 30, "drift": DriftLimits(predictions=0.3, classes=0.2)}
    )
    seen = monitoring(("yes", 0.4, 0.001), value=0.5)
    found = find_triggers(tmp_path, settings, CHANGED, NOW - timedelta(days=31), seen)
    assert [text.split(":")[0] for text in found] == [
        "data/raw/target changed (3 added, 1 modified)",
        "drift in target",
        "drift of the champion's predictions, 70 new cases against 90 test cases",
        "the champion's performance on newly labelled cases",
        "the champion is older than 30 days",
    ]


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
    "section",
    [
        "{age_days: 0}",
        "{drift: {classes: 2}}",
        "{webhook: 'file:///x'}",
        "{ag: 1}",
        "{performance: {least: 9}}",
    ],
)
def test_a_section_that_is_not_valid_is_an_error(tmp_path: Path, section: str) -> None:
    (tmp_path / "params.yaml").write_text(f"retrain: {section}\n")
    with pytest.raises(ParamsError):
        load_settings(tmp_path)
