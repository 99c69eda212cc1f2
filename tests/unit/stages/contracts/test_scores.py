from __future__ import annotations

import pytest

from stages.contracts.scores import Evaluation, Interval

FIGURE = {"value": 0.5, "low": 0.25, "high": 0.75}


def evaluation(**changes: object) -> Evaluation:
    values = {
        "selected": {"auroc": FIGURE},
        "scratch": {"auroc": FIGURE},
        "difference": {"auroc": FIGURE},
        "verdict": "inconclusive",
        "verdict_metric": "auroc",
        "resampled": "patients",
        "confidence": 0.95,
        "test_cases": 10,
        "test_patients": None,
        "test_groups": 4,
        "seeds": {"selected": {"0": {"auroc": 0.5}}, "scratch": {"0": {"auroc": 0.5}}},
    }
    return Evaluation.model_validate(values | changes)


def test_metrics_have_the_keys_that_other_programs_read() -> None:
    found = evaluation().model_dump(mode="json")
    assert found["selected"]["auroc"] == FIGURE
    assert {"selected", "scratch", "difference", "verdict", "test_cases", "test_patients"} <= set(found)
    assert found["test_patients"] is None


@pytest.mark.parametrize("verdict", ["better", "", None])
def test_there_are_three_verdicts(verdict: str | None) -> None:
    with pytest.raises(ValueError, match="verdict"):
        evaluation(verdict=verdict)


def test_a_figure_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="low"):
        Interval.model_validate({"value": 0.5, "low": None, "high": 0.75})
