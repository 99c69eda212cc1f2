"""A network with covariates: its border, and how each strategy treats what takes them in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stages.components.grafting.graft import graft
from stages.components.networks.network import build_network
from stages.components.networks.normalisation import build_fitted, fit_normalisation
from stages.components.prediction.inference import predict
from stages.components.strategies.choice import train
from stages.components.strategies.gradients import relative_gradient_norms
from stages.components.strategies.trial import Trained
from stages.contracts.feature import TRUNK, covariate_width, units_of
from stages.contracts.prepared import PreparedCases
from tests.unit.stages.components.strategies.tried import digests, moved, strategy
from tests.unit.stages.small import (
    COVARIATES,
    cases_of,
    copied,
    network_of,
    plain_device,
    spec_for,
    trial_of,
    with_covariates,
)

PLAIN = cases_of({"train": (12, 12), "val": (6, 6)})
CASES = with_covariates(PLAIN)
UNITS = len(units_of(COVARIATES))
TRAINED = ("scratch", "full", "lp_ft", "l2_sp", "layer_decay", "bss", "gradual", "surgical")


def transferred(cases: PreparedCases = CASES, seed: int = 0) -> dict[str, torch.Tensor]:
    return copied(build_fitted(spec_for(cases), cases, seed))


def known_of(cases: PreparedCases) -> NDArray[np.float32]:
    assert cases.covariates is not None
    return cases.covariates


def run(kind: str, cases: PreparedCases = CASES, **recipe: object) -> tuple[dict[str, torch.Tensor], Trained]:
    network = build_fitted(spec_for(cases), cases.only("train"), 0)
    trial = trial_of(cases, source=network, **recipe)
    before = copied(network)
    return before, train(trial, strategy(kind))


def test_the_head_takes_in_features_units_and_the_trunk() -> None:
    network = network_of(0, spec_for(CASES)).eval()
    plain = network_of(0, spec_for(PLAIN)).eval()
    images, known = torch.from_numpy(CASES.images[:4]).float(), torch.from_numpy(known_of(CASES)[:4])
    with torch.inference_mode():
        features = network.features(images, known)
        assert torch.equal(features[:, : -UNITS - TRUNK], plain.features(images))
        assert torch.equal(network(images, known), network.answer(features))
    assert features.shape[1] == plain.head.weight.shape[1] + covariate_width(COVARIATES)
    with pytest.raises(ValueError, match="covariates beside the images"):
        network(images)
    with pytest.raises(ValueError, match="no covariates"):
        plain(images, known)


def test_units_are_standardised_by_the_training_cases_and_gaps_are_told() -> None:
    training = CASES.only("train")
    network = build_fitted(spec_for(CASES), training, 0).eval()
    assert network.covariates is not None
    known = known_of(training)
    ages = known[:, 0]
    with torch.inference_mode():
        units = network.covariates(torch.from_numpy(known))[:, :UNITS].numpy()
    gap = np.isnan(ages)
    assert gap.any()
    np.testing.assert_allclose(
        units[:, 0], np.where(gap, 0, (ages - np.nanmean(ages)) / np.nanstd(ages)), atol=1e-5
    )
    np.testing.assert_array_equal(units[:, 1], gap)
    sexes = known[:, 1]
    np.testing.assert_array_equal(units[:, 2:], np.stack([sexes == 0, sexes == 1, np.isnan(sexes)], axis=1))


def test_a_source_of_images_alone_gives_the_backbone_and_the_covariates_are_specific() -> None:
    source = network_of(1, spec_for(PLAIN))
    target = build_fitted(spec_for(CASES), CASES, 0)
    before = copied(target)
    ledger = graft("source", source.state_dict(), target, 1.0)
    assert ledger.coverage == 1
    entries = {entry.name: entry for entry in ledger.entries}
    for name, entry in entries.items():
        if name.startswith(("covariates.", "head.")):
            assert (entry.role, entry.action) == ("specific", "reinitialised")
            assert torch.equal(target.state_dict()[name], before[name])
        if name.startswith("backbone."):
            assert (entry.role, entry.action) == ("shared", "moved")
    assert "target's own" in entries["covariates.trunk.weight"].reason
    assert {"covariates.normalise.mean", "covariates.trunk.weight", "head.weight"} <= ledger.specific


def test_a_source_with_covariates_leaves_them_behind() -> None:
    source = network_of(1, spec_for(CASES))
    target = build_network(spec_for(PLAIN), fit_normalisation(PLAIN.images), 0)
    ledger = graft("source", source.state_dict(), target, 1.0)
    dropped = {entry.name: entry.role for entry in ledger.entries if entry.action == "dropped"}
    assert set(dropped) == {name for name in source.state_dict() if name.startswith("covariates.")}
    assert set(dropped.values()) == {"specific"}


@pytest.mark.parametrize("kind", ["linear_probe", *TRAINED])
def test_every_strategy_gives_the_same_bits_again(kind: str) -> None:
    one, same = run(kind)[1], run(kind)[1]
    assert digests(one.network) == digests(same.network)
    np.testing.assert_array_equal(one.fitted.validation, same.fitted.validation)
    said = predict(
        one.network, CASES.only("val").images, plain_device(one.network), CASES.only("val").covariates
    )
    np.testing.assert_allclose(one.fitted.validation, said, atol=1e-5)


@pytest.mark.parametrize("kind", TRAINED)
def test_what_learns_moves_the_layers_of_the_covariates(kind: str) -> None:
    before, trained = run(kind, patience=None)
    changed = moved(before, trained.network)
    assert {"covariates.trunk.weight", "covariates.trunk.bias", "head.weight"} <= changed


def test_a_linear_probe_moves_the_head_alone() -> None:
    before, trained = run("linear_probe")
    assert moved(before, trained.network) == {"head.weight", "head.bias"}


@pytest.mark.parametrize("kind", ["linear_probe", "full"])
def test_a_covariate_that_tells_the_class_is_used_where_images_tell_nothing(kind: str) -> None:
    many = cases_of({"train": (30, 30), "val": (15, 15)})
    blank = replace(many, images=np.random.default_rng(0).integers(0, 255, many.images.shape, np.uint8))
    told = with_covariates(blank)
    recipe = {"epochs": 5, "learning_rate": 0.01}
    with_them, without = run(kind, told, **recipe)[1], run(kind, blank, **recipe)[1]
    truth = told.only("val").labels
    right = [(one.fitted.validation.argmax(axis=1) == truth).mean() for one in (with_them, without)]
    assert right[0] >= 0.75
    assert right[1] <= right[0] - 0.15


def test_the_strongest_block_is_found_with_covariates_too() -> None:
    network = build_fitted(spec_for(CASES), CASES, 0)
    norms = relative_gradient_norms(network, CASES.only("train"), plain_device(network), 8)
    assert all(norm > 0 for norm in norms.values())


def test_a_seed_decides_the_trunk_and_drawing_a_head_draws_it_anew() -> None:
    assert all(torch.equal(one, transferred()[name]) for name, one in transferred().items())
    network = build_fitted(spec_for(CASES), CASES, 0)
    before = copied(network)
    network.draw_head(torch.Generator().manual_seed(3))
    assert moved(before, network) == {"head.weight", "covariates.trunk.weight"}
