from __future__ import annotations

from typing import Any

import pytest

from pipeline.data.inquiry import Plan
from pipeline.data.sections import TRAINING, choose_positive, sections_for
from stages.contracts.errors import UsageError
from stages.contracts.findings import Finding, Findings, covariate_named
from stages.contracts.inspection import Inspection

PARAMS: dict[str, Any] = {
    "grid": {"domains": ["target"], "trained": [], "sources": ["imagenet"]},
    "ingest": {"target": {"adapter": "folder", "stop_at": "warning"}},
    "prepare": {"target": {"size": [64, 64]}},
    "finetune": {"label_budget": 100},
    "select": {"positive": "yes"},
}


def seen(section: dict[str, Any], classes: tuple[str, ...] = ("no", "yes")) -> Inspection:
    return Inspection(
        format="table", section=section, notes=(), task="classes", classes=classes, cases=1, used=1,
        patients=None, given_splits=False, counts={}, stop_at="severe",
        findings=Findings(domain="d", findings=()), base="/", files={}, borrowed={},
    )  # fmt: skip


TABLE = {"adapter": {"format": "table", "file": "a.csv"}}


def test_the_target_gets_its_adapter_and_keeps_the_rest() -> None:
    found = sections_for("target", seen(TABLE), PARAMS, None, None)
    assert found.values == {"ingest.target.adapter": TABLE["adapter"]}
    assert "finetune.label_budget is 100" in found.said[0]


def test_what_is_so_already_is_not_set() -> None:
    assert sections_for("target", seen({"adapter": "folder"}), PARAMS, None, None).values == {}


def test_a_metric_of_another_task_gives_way_to_the_tasks_own() -> None:
    params = PARAMS | {"select": {"metric": "auroc"}, "evaluate": {"verdict": "auroc", "resamples": 500}}
    found = sections_for(
        "target", seen({"adapter": "folder"}).model_copy(update={"task": "regression"}), params, None, None
    )
    assert found.values == {"select.metric": None, "evaluate.verdict": None}
    assert "evaluate.verdict: the task's own, which is rmse" in found.said
    assert not sections_for("target", seen({"adapter": "folder"}), params, None, None).values.keys() - {
        "select.positive"
    }


def test_a_new_source_gets_all_that_a_run_needs_to_train_on_it() -> None:
    found = sections_for("mine", seen(TABLE | {"split": {"val": 0.2}}), PARAMS, None, None)
    assert found.values == {
        "ingest.mine": TABLE | {"split": {"val": 0.2}},
        "prepare.mine": {"size": [64, 64]},
        "train_source.mine": TRAINING,
        "grid.domains": ["target", "mine"],
        "grid.trained": ["mine"],
        "grid.sources": ["imagenet", "mine"],
    }


def test_a_plan_becomes_the_preparation() -> None:
    plan = Plan({"size": [9, 9]}, {"size": "the cases are that small"})
    found = sections_for("target", seen({"adapter": "folder"}), PARAMS, plan, None)
    assert found.values == {"prepare.target": {"size": [9, 9]}}
    assert found.said[0] == "prepare.target.size: the cases are that small"


AGE = {"prepare": {"target": {"size": [64, 64], "covariates": ["age"]}}}


def telling(name: str) -> Inspection:
    message = f"{covariate_named(name)} alone tells 'yes' from 'no'"
    found = Finding(kind="confounder", severity="warning", message=message, cases=(), remedy="exclude it")
    return seen(TABLE).model_copy(update={"findings": Findings(domain="d", findings=(found,))})


def test_named_covariates_go_into_the_preparation() -> None:
    found = sections_for("target", seen(TABLE), PARAMS, None, None, ("age", "sex"))
    assert found.values["prepare.target.covariates"] == ["age", "sex"]
    assert any("the networks take age, sex beside each image" in line for line in found.said)


def test_a_covariate_that_tells_the_label_alone_is_kept_out_unless_params_name_it() -> None:
    found = sections_for("target", telling("view"), PARAMS, None, None, ("age", "view"))
    assert found.values["prepare.target.covariates"] == ["age"]
    assert any("without view, which tells the label alone" in line for line in found.said)
    params = PARAMS | {"prepare": {"target": {"covariates": ["view"]}}}
    found = sections_for("target", telling("view"), params, None, None, ("view",))
    assert "prepare.target.covariates" not in found.values


def test_a_new_plan_keeps_the_covariates_of_params() -> None:
    found = sections_for("target", seen(TABLE), PARAMS | AGE, Plan({"size": [9, 9]}, {}), None)
    assert found.values["prepare.target"] == {"size": [9, 9], "covariates": ["age"]}


@pytest.mark.parametrize("other", [{"format": "tabular"}, {"task": "segmentation"}, {"task": "none"}])
def test_records_and_segmentations_take_no_covariates(other: dict[str, str]) -> None:
    data = seen(TABLE).model_copy(update=other)
    found = sections_for("target", data, PARAMS, None, None, ("age",))
    assert "prepare.target.covariates" not in found.values


def test_a_sources_covariates_stay_in_its_manifest() -> None:
    found = sections_for("mine", seen(TABLE), PARAMS, None, None, ("age",))
    assert found.values["prepare.mine"] == {"size": [64, 64]}


@pytest.mark.parametrize(
    ("classes", "present", "asked", "chosen"),
    [
        (("no", "yes"), "no", None, "no"),
        (("no", "yes"), "no", "yes", "yes"),
        (("benign", "Malignant", "z")[:2], "yes", None, "Malignant"),
        (("0", "1"), None, None, "1"),
        (("left", "right"), "yes", None, "right"),
        (("a", "b", "c"), "yes", None, None),
        (("a", "b", "c"), "b", None, "b"),
        ((), None, None, None),
    ],
)
def test_the_positive_class(
    classes: tuple[str, ...], present: str | None, asked: str | None, chosen: str | None
) -> None:
    found, said = choose_positive(classes, present, asked)
    assert found == chosen
    assert bool(said) == (asked is None and chosen is not None and present not in classes)


@pytest.mark.parametrize(("classes", "asked"), [(("a", "b"), "c"), (("a", "b", "c"), "a"), ((), "a")])
def test_a_positive_class_that_is_none_is_refused(classes: tuple[str, ...], asked: str) -> None:
    with pytest.raises(UsageError, match="cannot be the positive class"):
        choose_positive(classes, None, asked)
