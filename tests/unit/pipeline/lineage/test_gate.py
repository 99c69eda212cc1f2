"""What the gate lets pass."""

from __future__ import annotations

import pytest

from pipeline.lineage.criteria import GateParams
from pipeline.lineage.decision import Comparison
from pipeline.lineage.gate import judge
from pipeline.lineage.record import LineageRecord
from stages.contracts.scores import Interval
from tests.unit.pipeline.lineage.samples import STARS, sample_domain, sample_evaluation, sample_record


def against(low: float, high: float, metric: str = "auroc") -> Comparison:
    return Comparison(
        champion="c" * 64,
        metric=metric,
        difference=Interval(value=(low + high) / 2, low=low, high=high),
        challenger_score=STARS,
        champion_score=STARS,
        confidence=0.95,
        resampled="patients",
        test_cases=20,
        test_groups=10,
    )


def asking(record: LineageRecord | None = None, **params: object) -> LineageRecord:
    return (record or sample_record()).model_copy(update={"gate": GateParams.model_validate(params).fixed()})


def test_the_first_model_needs_no_champion_to_beat() -> None:
    judged = judge(sample_record(), None)
    assert (judged.failed, judged.comparison) == ((), None)
    assert judged.gate_sha256 == sample_record().gate_sha256


@pytest.mark.parametrize(("low", "passes"), [(0.001, True), (-0.02, True), (-0.0201, False)])
def test_a_loss_up_to_the_margin_passes(low: float, passes: bool) -> None:
    assert (judge(asking(margin=0.02), against(low, 0.1)).failed == ()) is passes


@pytest.mark.parametrize(("high", "passes"), [(0.4, True), (0.6, False)])
def test_where_less_is_better_the_other_end_counts(high: float, passes: bool) -> None:
    assert (judge(asking(margin=0.5), against(-9.0, high, "rmse")).failed == ()) is passes


def test_negative_transfer_refuses_unless_the_criteria_say_otherwise() -> None:
    worse = sample_record(evaluation=sample_evaluation("negative"))
    assert "negative transfer" in judge(worse, None).failed[0]
    assert judge(asking(worse, refuse_negative_transfer=False), None).failed == ()
    assert judge(sample_record(evaluation=sample_evaluation("inconclusive")), None).failed == ()


@pytest.mark.parametrize(
    ("floor", "passes"), [("severe", True), ("warning", False), ("note", False), (None, True)]
)
def test_an_open_finding_of_the_severity_or_above_refuses(floor: str | None, passes: bool) -> None:
    record = sample_record(domains=(sample_domain(warning=2),))
    assert (judge(asking(record, refuse_severity=floor), None).failed == ()) is passes


def test_every_criterion_that_is_not_met_is_named() -> None:
    record = sample_record(evaluation=sample_evaluation("negative"), domains=(sample_domain(severe=1),))
    failed = judge(record, against(-1, -0.5), ("it has two heads",)).failed
    assert [sentence.split()[0] for sentence in failed] == ["it", "the", "1", "auroc"]
