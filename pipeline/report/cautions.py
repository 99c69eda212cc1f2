"""What a reader should bear in mind, drawn from the artifacts themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.report.domains import DomainFacts
from pipeline.report.number import count
from pipeline.report.scoreboard import Scoreboard
from pipeline.report.wording import NAMES, metric_name
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.feature import Feature
from stages.contracts.findings import covariate_named
from stages.contracts.scores import Interval, Selection

FEW_GROUPS = 100


def find_cautions(
    selected: Checkpoint,
    scratch: Checkpoint,
    board: Scoreboard,
    selection: Selection,
    target: DomainFacts | None,
) -> tuple[str, ...]:
    """Lists what the scores do not say by themselves.

    Args:
        selected: The transferred model.
        scratch: The control.
        board: The test split's scores.
        selection: What was chosen, and from what.
        target: The target's data, where ingested.
    """
    return (
        *_about_models(selected, scratch, board, selection),
        *_about_test(board),
        *_about_data(target),
        *_about_confounders(selected, target),
    )


def _about_models(
    selected: Checkpoint, scratch: Checkpoint, board: Scoreboard, selection: Selection
) -> Iterator[str]:
    if selected.network.params != scratch.network.params:
        yield (
            f"The control has another network ({scratch.network.params.name}) than the transferred model "
            f"({selected.network.params.name}): the difference is that of network and transfer together."
        )
    if selected.network.covariates:
        yield (
            f"The models take {_listed(selected.network.covariates)} beside each image: the scores are those "
            "of image and covariates together, and do not say what the image adds."
        )
    if selected.training_cases != scratch.training_cases:
        yield (
            "The two models were trained on different numbers of labelled cases: "
            f"{count(selected.training_cases)} and {count(scratch.training_cases)}."
        )
    seeds = len(board.evaluation.seeds.get("selected", {}))
    if seeds < 2:
        yield "Only one seed was trained: how much chance in training matters is not known."
    else:
        yield (
            "The intervals show the chance in drawing test cases, for the one seed that validation chose. "
            f"The spread over all {seeds} seeds is in the section on test results."
        )
    candidates = len(selection.candidates)
    if candidates > 2:
        yield (
            f"The model is the best of {candidates} candidates on validation, so its validation score is "
            "optimistic; the test score is not affected."
        )


def _about_test(board: Scoreboard) -> Iterator[str]:
    evaluation = board.evaluation
    if evaluation.test_patients is None:
        yield (
            "The data do not say which cases belong to one patient. Near-duplicates were kept together, "
            "but one patient may still be in training and test, which makes scores look better than they "
            "are."
        )
    units = evaluation.test_groups if evaluation.test_patients is None else evaluation.test_patients
    if units < FEW_GROUPS:
        what = "groups" if evaluation.test_patients is None else "patients"
        yield f"The test split has only {count(units)} {what}: so few give uncertain intervals."
    for role in ("selected", "scratch"):
        interval: Interval = getattr(evaluation, role)[evaluation.verdict_metric]
        if interval.low == interval.high:
            yield (
                f"The {NAMES[role].lower()} has the same {metric_name(evaluation.verdict_metric)} on every "
                "resample, so resampling cannot show how uncertain it is: more test cases would."
            )
    yield "All cases come from the same collection: nothing here says how the model does in another hospital."


def _about_data(target: DomainFacts | None) -> Iterator[str]:
    if target is None:
        return
    if target.torn:
        unit = "patient" if target.facts and target.facts.patients_known else "group"
        who = f"1 {unit} is" if target.torn == 1 else f"{count(target.torn)} {unit}s are"
        yield f"{who} in more than one split: the test is not independent of the training."
    severe = sum(finding.severity == "severe" for finding in target.findings)
    if severe:
        what = "severe finding" if severe == 1 else "severe findings"
        yield f"The target data have {count(severe)} {what}: see the section on data."


def _about_confounders(selected: Checkpoint, target: DomainFacts | None) -> Iterator[str]:
    """Names the covariates taken in that almost tell the label, as ingestion found."""
    found = [f.message for f in target.findings if f.kind == "confounder"] if target else []
    told = [c for c in selected.network.covariates if any(covariate_named(c.name) in text for text in found)]
    if told:
        yield (
            f"Of the covariates, {_listed(told)} almost alone tells the label on training: the model may say "
            "little else, and fails where that relation does not hold. See the findings on data."
        )


def _listed(features: Sequence[Feature]) -> str:
    return ", ".join(feature.name for feature in features)
