"""Guesses from the frozen features how well a source will transfer, to be seen beside what then happens.

Nothing depends on its output: a hint never decides.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from stages.contracts.artifact import read_json, write_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import DataError, guarded
from stages.contracts.feature import covariate_width
from stages.contracts.features import read_features
from stages.contracts.hints import Hints
from stages.contracts.params import Params, load_params
from stages.contracts.prepared import open_prepared

Head = tuple[NDArray[np.float32], NDArray[np.float32]]


class HintParams(Params):
    """Section `hint`."""

    most_cases: int = Field(default=2000, ge=2)
    """Labelled training cases to use at most: more cost time, and no guess gets better by it."""


class BudgetParams(Params, extra="ignore"):
    """What a hint must know of section `finetune`: which training cases have a label to use."""

    label_budget: int | None = Field(default=None, ge=2)
    """As in that section."""


def hint(source: str, features: NDArray[np.float32], labels: NDArray[np.int64], head: Head | None) -> Hints:
    """Computes the hints of a source.

    Args:
        source: Its name.
        features: Frozen features of the labelled training cases, shape (cases, width).
        labels: Their classes, shape (cases,).
        head: Weight (source classes, width) and bias of the source's classifier; None if it has none.

    Returns:
        The hints, to six decimals: the last bits depend on the threads of the linear algebra.
    """
    from stages.components.grafting.transferability import (
        expected_likelihood,
        log_evidence,
        shrunk_h_score,
        source_probabilities,
    )

    if len(np.unique(labels)) < 2:
        return Hints(source=source, training_cases=len(labels), logme=None, h_score=None, leep=None)
    leep = None
    if head is not None:
        # The source's head knows nothing of covariates, which stand behind the features of the images.
        of_images = features[:, : head[0].shape[1]]
        probabilities = source_probabilities(of_images, *(part.astype(np.float64) for part in head))
        leep = round(expected_likelihood(probabilities, labels), 6)
    return Hints(
        source=source,
        training_cases=len(labels),
        logme=round(log_evidence(features, labels), 6),
        h_score=round(shrunk_h_score(features, labels), 6),
        leep=leep,
    )


def main() -> None:
    """Reads the source's head, the features and the labels of training cases; writes the hints."""
    parser = argparse.ArgumentParser(prog="stages.hint")
    for name in ("source", "transferred", "features", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params, budget = load_params(HintParams, "hint"), load_params(BudgetParams, "finetune").label_budget
    from stages.components.training.budget import within_budget

    # Neither images nor torch are needed: the source's head is linear, and sits on these very features.
    transferred = read_json(Checkpoint, args.transferred / RECORD)
    training = open_prepared(args.prepared, ("train",))
    labelled = within_budget(within_budget(training, budget), params.most_cases)
    features = read_features(args.features, labelled.index["case_id"], transferred.weights_sha256)
    width = features.shape[1] - covariate_width(transferred.network.covariates)
    head = read_head(args.source, transferred, width)
    write_json(hint(transferred.source, features, labelled.labels, head), args.out)


def read_head(folder: Path, transferred: Checkpoint, width: int) -> Head | None:
    """Reads the classifier of a source's checkpoint, without the rest of its weights.

    Args:
        folder: The source's checkpoint.
        transferred: What was made of it.
        width: Of the features of the images.

    Returns:
        Weight and bias; None where the source has no linear classifier on such features.

    Raises:
        DataError: If the checkpoint is damaged, or is not the one that was transferred.
    """
    from safetensors import SafetensorError, safe_open

    record, file = read_json(Checkpoint, folder / RECORD), Checkpoint.weights_file(folder)
    try:
        if record.weights_sha256 != transferred.parent_sha256:
            raise ValueError("the transferred network was made of other weights")
        with safe_open(file, framework="numpy") as tensors:
            if not {"head.weight", "head.bias"} <= set(tensors.keys()):
                return None
            weight, bias = tensors.get_tensor("head.weight"), tensors.get_tensor("head.bias")
    except (OSError, SafetensorError, ValueError) as error:
        raise DataError(
            "a source's head cannot be read",
            where=str(file),
            why=str(error).splitlines()[0],
            remedy="run `medgraft run --force transfer`, or restore the source with `medgraft run`",
        ) from error
    classes = len(record.network.classes) if record.network.task == "classes" else 0
    return (weight, bias) if classes > 1 and weight.shape == (classes, width) else None


if __name__ == "__main__":
    sys.exit(guarded(main))
