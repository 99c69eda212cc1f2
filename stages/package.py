"""Packs the selected model as a folder that works alone: weights, preparation, threshold, figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pydantic import Field

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.bundle import BundleMetadata, describe_bundle
from stages.contracts.checkpoint import RECORD, WEIGHTS, Checkpoint
from stages.contracts.errors import guarded
from stages.contracts.model import READING, Model, folders
from stages.contracts.model import RECORD as MODEL_RECORD
from stages.contracts.params import Params, load_params
from stages.contracts.preparation import Preparation
from stages.contracts.scores import Evaluation, Selection


class PackageParams(Params):
    """Section `package`."""

    name: str = Field(default="model", pattern=r"^[a-z][a-z0-9-]*$")
    """Name of the model in the registry."""
    description: str
    """What the model does, in one sentence."""
    intended_use: str = "Research only. Not a medical device; not for diagnosis or treatment."
    """What the model may be used for."""
    authors: str = ""
    """Who answers for it."""


def package(
    checkpoint: Checkpoint,
    selection: Selection,
    preparation: Preparation,
    evaluation: Evaluation,
    params: PackageParams,
) -> tuple[Model, BundleMetadata]:
    """Puts together what a user of the model needs to know.

    Args:
        checkpoint: Record of the selected weights.
        selection: Why they were selected, and the threshold.
        preparation: What was done to every case.
        evaluation: The test split's figures.
        params: Names and purpose.

    Returns:
        The model's record, and its description in the form of a MONAI bundle.
    """
    model = Model(
        name=params.name,
        task=checkpoint.network.task,
        classes=checkpoint.network.classes,
        positive=selection.positive,
        threshold=selection.selected.threshold,
        preparation=preparation.params,
        covariates=checkpoint.network.covariates,
        source=selection.selected.source,
        strategy=selection.selected.strategy,
        seed=selection.selected.seed,
        temperature=selection.selected.temperature,
        members=selection.selected.members,
        weights_sha256=checkpoint.weights_sha256,
        evaluation=evaluation,
        intended_use=params.intended_use,
    )
    return model, describe_bundle(model, checkpoint, params.description, params.authors)


def main() -> None:
    """Reads selection, evaluation and preparation; writes the model's folder."""
    parser = argparse.ArgumentParser(prog="stages.package")
    for name in ("selected", "metrics", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(PackageParams, "package")
    selection = read_json(Selection, args.selected / "selection.json")
    run = args.selected / "selected" / str(selection.selected.seed)
    checkpoint = read_json(Checkpoint, run / RECORD)
    preparation = read_json(Preparation, args.prepared / "preparation.json")
    evaluation = read_json(Evaluation, args.metrics)
    model, bundle = package(checkpoint, selection, preparation, evaluation, params)
    with whole_folder(args.out) as out:
        for folder, seed in zip(folders(model), model.members or (model.seed,), strict=True):
            (out / folder).mkdir(parents=True)
            for name in (WEIGHTS, RECORD):
                (out / folder / name).write_bytes((run.with_name(str(seed)) / name).read_bytes())
        write_json(model, out / MODEL_RECORD)
        write_json(bundle, out / "configs" / "metadata.json")
        if checkpoint.network.features or checkpoint.network.covariates:
            (out / READING).write_bytes((args.prepared / READING).read_bytes())


if __name__ == "__main__":
    sys.exit(guarded(main))
