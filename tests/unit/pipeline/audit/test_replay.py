from __future__ import annotations

from pipeline.audit.finding import Tally
from pipeline.audit.replay import _compare_figures, _facts
from stages.contracts.scores import Interval
from tests.unit.pipeline.lineage.samples import sample_evaluation, sample_record


def test_every_recorded_fact_that_differs_is_told() -> None:
    then = sample_record().software
    now = then.model_copy(update={"python": "3.12.1", "packages": {"torch": "2.14.0", "new": "1.0"}})
    assert dict(_facts(then, now)) == {
        "environment: python": "it is 3.12.1, recorded 3.11.2",
        "environment: torch": "it is 2.14.0, recorded 2.13.0",
        "environment: new": "it is 1.0, recorded absent",
    }
    assert list(_facts(then, then)) == []


def test_figures_of_another_environment_must_lie_within_the_recorded_intervals() -> None:
    recorded = sample_evaluation()
    for value, state in ((0.86, "ok"), (0.95, "ok"), (0.84, "differs"), (0.96, "differs")):
        found = recorded.model_copy(
            update={"selected": {"auroc": Interval(value=value, low=value, high=value)}}
        )
        tally = Tally("replay", "outputs")
        _compare_figures(recorded, found, tally)
        check = tally.check()
        assert check.state == state
        places = [remark.where for remark in check.differences]
        assert places == (["artifacts/metrics.json: selected.auroc"] if state == "differs" else [])
