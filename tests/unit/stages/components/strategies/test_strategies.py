"""What each strategy leaves untouched, and what it moves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.components.prediction.inference import predict
from stages.components.strategies.choice import train
from tests.unit.stages.components.strategies.tried import (
    CASES,
    digests,
    moved,
    relative_changes,
    run,
    strategy,
)
from tests.unit.stages.small import cases_of, plain_device, trial_of

SHARED = ("full", "lp_ft", "l2_sp", "layer_decay", "bss")
TRANSFERRED = (*SHARED, "gradual", "surgical")


@pytest.mark.parametrize(("kind", "params"), [("linear_probe", {}), ("full", {"backbone_rate": 0})])
def test_what_is_frozen_keeps_every_bit_statistics_included(kind: str, params: dict[str, object]) -> None:
    before, trained = run(kind, 0, 0, CASES, None, **params)
    assert moved(before, trained.network) == {"head.weight", "head.bias"}
    assert set(relative_changes(before, trained)) == {0.0}


@pytest.mark.parametrize("kind", SHARED)
def test_what_learns_moves_every_shared_layer(kind: str) -> None:
    before, trained = run(kind)
    assert all(change > 0 for change in relative_changes(before, trained))


@pytest.mark.parametrize("kind", SHARED)
def test_batch_norm_keeps_the_sources_statistics_unless_it_shall_adapt(kind: str) -> None:
    before, frozen = run(kind)
    assert not {name for name in moved(before, frozen.network) if "running" in name}
    assert "backbone.bn1.weight" in moved(before, frozen.network)
    _, adapted = run(kind, batch_norm="adapt")
    statistics = {name for name in before if "running" in name}
    assert statistics <= moved(before, adapted.network)


@pytest.mark.parametrize("kind", ["scratch", "linear_probe", *TRANSFERRED])
def test_the_same_seed_gives_the_same_bits(kind: str) -> None:
    one, same = run(kind)[1], run(kind)[1]
    assert digests(one.network) == digests(same.network)
    np.testing.assert_array_equal(one.fitted.validation, same.fitted.validation)


@pytest.mark.parametrize("kind", ["scratch", *TRANSFERRED])
def test_the_same_seed_gives_the_same_bits_with_every_option_of_the_recipe(kind: str) -> None:
    recipe: dict[str, object] = {"epochs": 3, "patience": 1, "ema_decay": 0.9, "balanced_sampling": True}
    one, same = run(kind, recipe=recipe)[1], run(kind, recipe=recipe)[1]
    assert digests(one.network) == digests(same.network) != digests(run(kind)[1].network)
    assert one.fitted.history == same.fitted.history


def test_a_balanced_recipe_balances_the_probe_too() -> None:
    torn = cases_of({"train": (20, 4), "val": (3, 3)})
    sampled, weighted, plain = (
        run("linear_probe", cases=torn, recipe=recipe)[1].fitted.validation
        for recipe in ({"balanced_sampling": True}, {"class_weights": True}, {})
    )
    np.testing.assert_array_equal(sampled, weighted)
    assert not np.array_equal(sampled, plain)


@pytest.mark.parametrize("kind", ["scratch", *TRANSFERRED])
def test_another_seed_gives_other_bits(kind: str) -> None:
    assert digests(run(kind, seed=0)[1].network) != digests(run(kind, seed=1)[1].network)


def test_scratch_does_not_know_the_sources_weights() -> None:
    one, other = run("scratch", network_seed=0)[1], run("scratch", network_seed=5)[1]
    assert digests(one.network) == digests(other.network)


def test_scratch_takes_the_training_cases_own_statistics() -> None:
    trained = run("scratch")[1].network
    training = CASES.only("train").images[:]
    assert float(trained.normalise.mean) == pytest.approx(float(training.mean()), rel=1e-5)


@pytest.mark.parametrize("kind", ["linear_probe", *TRANSFERRED])
def test_what_transfers_depends_on_the_sources_weights(kind: str) -> None:
    one, other = run(kind, network_seed=0)[1], run(kind, network_seed=5)[1]
    assert not np.array_equal(one.fitted.validation, other.fitted.validation)


@pytest.mark.parametrize("kind", ["scratch", "linear_probe", *TRANSFERRED])
def test_the_networks_own_predictions_are_those_that_were_reported(kind: str) -> None:
    _, trained = run(kind)
    again = predict(trained.network, CASES.only("val").images, plain_device(trained.network))
    np.testing.assert_allclose(trained.fitted.validation, again, atol=1e-4)


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c")])
def test_the_probe_is_scikit_learns_regression_on_standardised_features(classes: tuple[str, ...]) -> None:
    cases = cases_of({"train": (9,) * len(classes), "val": (5,) * len(classes)}, classes)
    trial = trial_of(cases)
    trained = train(trial, strategy("linear_probe", inverse_penalty=0.5))
    by_hand = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=1000))
    by_hand.fit(trial.training_features, trial.training.labels)
    expected = by_hand.predict_proba(trial.validation_features)
    np.testing.assert_allclose(trained.fitted.validation, expected, atol=1e-5)


def test_a_constant_feature_does_no_harm_to_the_probe() -> None:
    trial = trial_of(CASES)
    trial.training_features[:, 0] = 3.0
    trained = train(trial, strategy("linear_probe"))
    assert bool(torch.isfinite(trained.network.head.weight).all())


def test_a_class_without_a_training_case_is_never_called_by_the_probe() -> None:
    cases = cases_of({"train": (8, 0, 8), "val": (3, 3, 3)}, ("a", "b", "c"))
    trained = train(trial_of(cases), strategy("linear_probe"))
    assert trained.fitted.validation[:, 1].max() < 1e-6


def test_lp_ft_starts_where_the_probe_ends() -> None:
    """With a vanishing rate the second phase moves next to nothing: what is left is the probe."""
    probe = run("linear_probe", inverse_penalty=0.5)[1].fitted.validation
    slow = run("lp_ft", rate=1e-12, probe={"kind": "linear_probe", "inverse_penalty": 0.5})[
        1
    ].fitted.validation
    np.testing.assert_allclose(slow, probe, atol=1e-3)


def test_full_starts_from_a_head_of_its_own_seed() -> None:
    heads = [run("full", seed=seed, backbone_rate=0)[1].network.head.weight for seed in (0, 1)]
    assert not torch.allclose(heads[0], heads[1], atol=1e-4)


def test_the_probe_has_one_epoch_and_the_others_the_recipes() -> None:
    lengths = {
        kind: len(run(kind)[1].fitted.history) for kind in ("scratch", "linear_probe", "full", "lp_ft")
    }
    assert lengths == {"scratch": 2, "linear_probe": 1, "full": 2, "lp_ft": 2}


def test_a_backbone_that_already_knows_the_task_beats_the_control() -> None:
    plenty = cases_of({"train": (24, 24), "val": (1, 1)}, seed=7, strength=12)
    source = train(trial_of(plenty, epochs=8, learning_rate=0.01), strategy("scratch")).network
    few = cases_of({"train": (4, 4), "val": (20, 20)}, seed=3, strength=12)
    probe = train(trial_of(few, source=source), strategy("linear_probe"))
    control = train(trial_of(few), strategy("scratch"))
    right = [(t.fitted.validation.argmax(1) == few.only("val").labels).mean() for t in (probe, control)]
    assert right[0] >= right[1] + 0.2
