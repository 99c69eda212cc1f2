"""Every task trains, by the loop and in closed form, to what it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stages.components.prediction.inference import predict
from stages.components.scores.scored import Reading
from stages.components.strategies.choice import train
from stages.components.tasks.choice import objective_of
from stages.components.tasks.objective import LinearFit
from stages.components.training.optimisation import Pace
from stages.components.training.training import fit
from stages.contracts.errors import ParamsError
from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.strategy import StrategyParams
from stages.contracts.task import METRICS_OF, Task
from tests.unit.stages.small import cases_of, fresh, plain_device, quiet, recipe_of, trial_of

GRADES = ("mild", "moderate", "severe")
TARGETS: dict[Task, Callable[[int, int], str]] = {
    "ordinal": lambda label, _: GRADES[label],
    "multilabel": lambda label, _: ("", "a", "a|b")[label],
    "regression": lambda label, number: f"{100 + 10 * label + number % 3 / 10}",
}
CLASSES: dict[Task, tuple[str, ...]] = {"ordinal": GRADES, "multilabel": ("a", "b"), "regression": ()}
LEAST: dict[Task, float] = {"ordinal": 0.6, "multilabel": 0.8, "regression": 7.0}
TASKS: list[Task] = ["ordinal", "multilabel", "regression"]


def cases_for(task: Task, per_class: int = 16) -> PreparedCases:
    cases = cases_of({"train": (per_class,) * 3, "val": (8,) * 3}, GRADES)
    pairs = enumerate(cases.labels.tolist())
    index = cases.index.assign(target=[TARGETS[task](label, number) for number, label in pairs])
    if task != "ordinal":
        index["label"] = -1
    preparation = cases.preparation.model_copy(update={"task": task, "classes": CLASSES[task]})
    return replace(cases, index=index.astype({"target": "string"}), preparation=preparation)


def score_of(said: NDArray[np.float32], cases: PreparedCases) -> float:
    facts = cases.preparation
    table = as_predictions(cases.index, said, facts.classes)
    scores = Reading(facts.task, facts.classes).read(table, None).score(np.ones((1, len(table))))
    return float(scores[METRICS_OF[facts.task][0]][0])


def good(task: Task, score: float) -> bool:
    return score < LEAST[task] if task == "regression" else score > LEAST[task]


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_learned_by_the_loop(task: Task) -> None:
    cases = cases_for(task)
    network = fresh(cases)
    fitted = fit(
        network,
        cases.only("train"),
        cases.only("val"),
        recipe_of(epochs=12, learning_rate=0.003),
        pace=Pace(),
        device=plain_device(network),
        seed=0,
        report=quiet,
    )
    assert good(task, score_of(fitted.validation, cases.only("val")))
    assert fitted.history[-1].val_loss is not None
    again = predict(network, cases.only("val").images, plain_device(network))
    np.testing.assert_array_equal(fitted.validation, again)


@pytest.mark.parametrize("kind", ["scratch", "linear_probe", "full", "lp_ft"])
@pytest.mark.parametrize("task", TASKS)
def test_every_strategy_gives_the_same_bits_again(task: Task, kind: str) -> None:
    cases, states = cases_for(task, per_class=6), []
    for _ in range(2):
        trained = train(trial_of(cases, epochs=1), StrategyParams.model_validate({"kind": kind}))
        assert np.isfinite(trained.fitted.validation).all()
        states.append(trained.network.state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


@pytest.mark.parametrize("task", TASKS)
def test_a_head_in_closed_form_is_as_good_as_the_features(task: Task) -> None:
    cases = cases_for(task)
    objective = objective_of(task, cases.preparation.classes)
    targets = objective.targets(cases)
    informative = np.random.default_rng(0).normal(0, 0.1, (len(targets), 4))
    informative[:, 0] += cases_of({"train": (16,) * 3, "val": (8,) * 3}, GRADES).labels - 1
    network = fresh(cases)
    weight, bias = objective.fit_head(informative, targets, LinearFit(1.0, balanced=False, seed=0))
    objective.settle(network, targets)
    said = network.activate(network.scaled(torch.from_numpy(informative @ weight.T + bias)))
    assert good(task, score_of(said.float().numpy(), cases))


def test_a_number_keeps_its_unit_whatever_that_is() -> None:
    cases = cases_for("regression")
    network = fresh(cases)
    objective = objective_of("regression", ())
    objective.settle(network, objective.targets(cases))
    said = predict(network, cases.images, plain_device(network))
    assert 90 < said.mean() < 130


@pytest.mark.parametrize("task", ["ordinal", "regression"])
@pytest.mark.parametrize("asked", [{"class_weights": True}, {"label_smoothing": 0.1}])
def test_what_a_task_has_not_is_refused(task: Task, asked: dict[str, object]) -> None:
    cases = cases_for(task)
    network = fresh(cases)
    objective = objective_of(task, cases.preparation.classes)
    with pytest.raises(ParamsError, match=f"'{task}' takes no"):
        objective.loss(network, objective.targets(cases), Recipe.model_validate({"epochs": 1} | asked))


def test_a_rare_label_weighs_more_where_weights_are_asked_for() -> None:
    objective, network = objective_of("multilabel", ("a", "b")), fresh(cases_for("multilabel"))
    targets = np.array([[1, 0]] * 9 + [[1, 1]], np.float32)
    outputs = torch.zeros(10, 2, requires_grad=True)
    for weighted, wanted in ((False, 1.0), (True, 9.0)):
        loss = objective.loss(network, targets, Recipe(epochs=1, class_weights=weighted))
        outputs.grad = None
        loss(outputs, torch.from_numpy(targets)).backward()  # type: ignore[no-untyped-call]
        assert outputs.grad is not None
        assert float(outputs.grad[-1, 1] / outputs.grad[0, 1]) == pytest.approx(-wanted)


def test_grades_that_no_case_has_are_not_believed_in() -> None:
    objective = objective_of("ordinal", GRADES)
    features = np.random.default_rng(0).normal(size=(20, 3))
    weight, bias = objective.fit_head(features, np.array([0, 1] * 10), LinearFit(1.0, balanced=False, seed=0))
    network = fresh(cases_for("ordinal"))
    said = network.activate(torch.from_numpy(features @ weight.T + bias))
    assert float(said[:, 2].max()) < 1e-6
    assert torch.allclose(said.sum(dim=1), torch.ones(20, dtype=torch.float64))
