"""Small cases and networks for tests of the training side: real ones that train in a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from stages.components.compute.device import Device, choose_device
from stages.components.networks.network import GraftNetwork, build_network
from stages.components.networks.normalisation import fit_normalisation
from stages.components.prediction.inference import extract_features
from stages.components.strategies.trial import Trial
from stages.components.training.seed import derive_seed
from stages.contracts.feature import Feature
from stages.contracts.history import Epoch
from stages.contracts.network import ImageSize, NetworkParams, NetworkSpec, Normalisation
from stages.contracts.preparation import Preparation, PrepareParams
from stages.contracts.prepared import COVARIATE, INDEX, PreparedCases
from stages.contracts.recipe import Recipe
from tests.unit.stages.raw_images import picture

SIDE = 32
COVARIATES = (Feature(name="age", kind="number"), Feature(name="sex", kind="category", values=("F", "M")))
NETWORK = {"name": "resnet10", "width": 0.25, "stem_kernel": 3, "stem_stride": 2, "stem_pool": True}


def striped(seed: int, label: int, strength: int = 90, side: int = SIDE) -> NDArray[np.uint8]:
    """Gives smooth noise; the class decides how wide the stripes on it are."""
    noise = picture(seed, side, side).astype(np.int64)
    stripes = (np.arange(side) // (label + 1) % 2 * 2 - 1) * strength
    image: NDArray[np.uint8] = np.clip(noise // 2 + 64 + stripes[None, :], 0, 255).astype(np.uint8)
    return image


def cases_of(
    counts: dict[str, Sequence[int]],
    classes: Sequence[str] = ("no", "yes"),
    channels: int = 1,
    seed: int = 0,
    strength: int = 90,
) -> PreparedCases:
    """Makes cases in memory.

    Args:
        counts: Number of cases per class, by split.
        classes: Class names.
        channels: Of the images; several are equal.
        seed: Decides the pixels.
        strength: How clearly the classes differ.
    """
    rows: list[tuple[str | int | None, ...]] = []
    images: list[NDArray[np.uint8]] = []
    for split, per_class in counts.items():
        for label, count in enumerate(per_class):
            for _ in range(count):
                number = len(rows)
                name = f"{split}/{label}/{number:04d}"
                facts = (name, f"group-{number:04d}", label, classes[label], split, 0, number)
                rows.append((*facts, f"{number:064d}", None))
                images.append(striped(10_000 * seed + number, label, strength))
    index = pd.DataFrame(rows, columns=list(INDEX)).astype(INDEX)
    stacked = np.repeat(np.stack(images)[:, None], channels, axis=1)
    order = index["case_id"].argsort().to_numpy()
    preparation = Preparation(
        domain="target",
        adapter="folder",
        classes=tuple(classes),
        patients_known=True,
        params=PrepareParams(size=(SIDE, SIDE), channels=channels),
    )
    return PreparedCases(index.iloc[order].reset_index(drop=True), stacked[order], preparation)


def with_covariates(cases: PreparedCases, seed: int = 0) -> PreparedCases:
    """Gives cases an age that tells the class, a sex that does not, and gaps in both."""
    draws = np.random.default_rng(seed)
    age = 40 + 30 * cases.labels + draws.normal(0, 3, len(cases.labels))
    sex = draws.integers(0, 2, len(cases.labels)).astype(float)
    age[draws.random(len(age)) < 0.1], sex[draws.random(len(age)) < 0.1] = np.nan, np.nan
    known = {COVARIATE + "age": age.astype(np.float32), COVARIATE + "sex": sex.astype(np.float32)}
    facts = cases.preparation.model_copy(update={"covariates": COVARIATES})
    return replace(cases, index=cases.index.assign(**known), preparation=facts)


def spec_of(
    classes: int = 2, channels: int = 1, size: ImageSize = (SIDE, SIDE), **params: object
) -> NetworkSpec:
    return NetworkSpec(
        params=NetworkParams.model_validate(NETWORK | params),
        in_channels=channels,
        image_size=size,
        classes=tuple(f"class-{number}" for number in range(classes)),
    )


def spec_for(cases: PreparedCases) -> NetworkSpec:
    """Describes the small network for what cases are labelled with."""
    facts = cases.preparation
    labels = {"classes": facts.classes, "task": facts.task, "covariates": facts.covariates}
    return spec_of(channels=facts.params.channels).model_copy(update=labels)


def network_of(seed: int = 0, spec: NetworkSpec | None = None) -> GraftNetwork:
    """Builds a network whose BatchNorm buffers differ from those of a new one."""
    chosen = spec or spec_of()
    blank = Normalisation(mean=(100.0,) * chosen.in_channels, deviation=(50.0,) * chosen.in_channels)
    network = build_network(chosen, blank, seed)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.add_(0.01 * (seed + 1))
        if name.endswith("running_var"):
            buffer.mul_(1.5)
    return network


def plain_device(network: GraftNetwork) -> Device:
    return choose_device("fp32", 1, network)


def quiet(epoch: Epoch, epochs: int) -> None:
    """Takes an epoch and says nothing."""


def recipe_of(**values: object) -> Recipe:
    return Recipe.model_validate({"epochs": 2, "batch_size": 8, "learning_rate": 0.002} | values)


def trial_of(
    cases: PreparedCases,
    seed: int = 0,
    network_seed: int = 0,
    /,
    *,
    source: GraftNetwork | None = None,
    **recipe: object,
) -> Trial:
    """Puts a trial together, with the features of its own network."""
    spec = spec_for(cases)
    network = source or network_of(network_seed, spec)
    training, validation = cases.only("train"), cases.only("val")
    device = plain_device(network)
    return Trial(
        network=network,
        spec=spec,
        training=training,
        validation=validation,
        training_features=extract_features(network, training.images, device, training.covariates),
        validation_features=extract_features(network, validation.images, device, validation.covariates),
        recipe=recipe_of(**recipe),
        device=device,
        seed=seed,
        report=quiet,
    )


def copied(network: GraftNetwork) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def fresh(cases: PreparedCases, seed: int = 0) -> GraftNetwork:
    """Builds a network for cases, with their statistics and the weights of a seed."""
    spec = spec_for(cases)
    return build_network(spec, fit_normalisation(cases.images), derive_seed(seed, "weights"))
