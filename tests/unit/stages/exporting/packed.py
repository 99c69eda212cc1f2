"""Packaged models with weights drawn at random: what is exported need not be any good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from stages.components.networks.checkpoint import save_checkpoint
from stages.components.networks.network import build_network
from stages.contracts.artifact import write_json
from stages.contracts.bundle import describe_bundle
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.feature import Feature
from stages.contracts.model import RECORD, Model, folders
from stages.contracts.network import NetworkParams, NetworkSpec, Normalisation
from stages.contracts.patch import Patch
from stages.contracts.preparation import PrepareParams
from stages.contracts.scores import Evaluation, Interval
from stages.contracts.task import Task

SIDE = 32


def pack(
    folder: Path,
    family: str = "resnet10",
    *,
    task: Task = "classes",
    classes: tuple[str, ...] = ("no", "yes"),
    members: tuple[int, ...] = (),
    temperature: float = 1.0,
    size: tuple[int, ...] = (SIDE, SIDE),
    covariates: tuple[Feature, ...] = (),
    patch: Patch | None = None,
    **preparation: Any,
) -> Path:
    """Writes the folder of a packaged model."""
    spec = NetworkSpec(
        params=NetworkParams.model_validate({"name": family} | _width(family)),
        in_channels=1,
        image_size=patch.size if patch else size,
        classes=classes,
        task=task,
        covariates=covariates,
        patch=patch,
    )
    nowhere = Interval(value=0.5, low=0.4, high=0.6)
    model = Model(
        name="packed",
        task=task,
        classes=classes,
        positive=classes[1] if task == "classes" and len(classes) == 2 else None,
        threshold=0.5 if task == "classes" and len(classes) == 2 else None,
        preparation=PrepareParams.model_validate({"size": size} | preparation),
        source="formula",
        strategy="full",
        seed=0,
        temperature=temperature,
        members=members,
        weights_sha256="",
        evaluation=Evaluation(
            selected={"auroc": nowhere},
            scratch={"auroc": nowhere},
            difference={"auroc": nowhere},
            verdict="inconclusive",
            verdict_metric="auroc",
            resampled="patients",
            confidence=0.95,
            test_cases=10,
            test_patients=10,
            test_groups=10,
            seeds={},
        ),
        intended_use="Research only.",
    )
    checkpoints = [_checkpoint(folder / name, spec, seed) for seed, name in enumerate(folders(model))]
    model = model.model_copy(update={"weights_sha256": checkpoints[0].weights_sha256})
    write_json(model, folder / RECORD)
    write_json(describe_bundle(model, checkpoints[0], "Says nothing.", ""), folder / "configs/metadata.json")
    return folder


def _width(family: str) -> dict[str, Any]:
    return {} if family.startswith(("densenet", "efficientnet")) else {"width": 0.25}


def _checkpoint(folder: Path, spec: NetworkSpec, seed: int) -> Checkpoint:
    network = build_network(spec, Normalisation(mean=(100.0,), deviation=(50.0,)), seed=seed)
    if network.scale is not None:
        network.settle_scale(40.0, 7.0)
    # Or else a fresh head would call all cases alike, to some decimals.
    network.head.weight.data.mul_(30)
    folder.mkdir(parents=True)
    return save_checkpoint(folder, network, spec, origin="finetuned", source="formula", strategy="full")


def draw_images(folder: Path, count: int = 5) -> Path:
    """Writes images of several sizes and kinds, two of them in a folder of their own."""
    draws = np.random.default_rng(0)
    (folder / "more").mkdir(parents=True)
    for number in range(count):
        side = 40 + 7 * number
        pixels = draws.integers(
            0, 256, (side, side + 5, 3) if number % 2 else (side, side + 5), dtype=np.uint8
        )
        place = folder / "more" if number > 2 else folder
        Image.fromarray(pixels).save(place / f"case{number}.png")
    return folder


def draw_volumes(folder: Path, count: int = 2) -> Path:
    """Writes volumes as NIfTI, of other sizes and spacings than a network takes."""
    import nibabel

    draws = np.random.default_rng(1)
    folder.mkdir(parents=True)
    for number in range(count):
        values = draws.normal(100, 30, (20 + number, 24, 18)).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, np.diag([1.5, 1, 2, 1])), folder / f"scan{number}.nii.gz")
    return folder
