"""Applies a packaged model to new images, prepared just as those it was trained on.

Not a stage of the graph: `medgraft predict` runs it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stages.adapters.case import UnreadableError
from stages.adapters.case_file import decode_case_file
from stages.contracts.artifact import read_json, whole_file
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import DataError, guarded
from stages.contracts.model import FOLDER, RECORD, Model
from stages.contracts.predictions import NUMBER, PROBABILITY
from stages.contracts.task import LABEL_JOIN

if TYPE_CHECKING:
    import pandas as pd

    from stages.components.network import GraftNetwork


def predict_images(network: GraftNetwork, images: NDArray[Any], model: Model) -> pd.DataFrame:
    """Says of each image what the model's task asks.

    Args:
        network: The model's network.
        images: Prepared, shape (images, channels, height, width).
        model: Task, classes and threshold.

    Returns:
        The predicted number; or the class or the labels that an image is called, and a probability each.
    """
    import pandas as pd

    from stages.components.device import choose_device
    from stages.components.inference import predict

    # In full precision: a single image gets the same figures in any batch, to rounding.
    said = predict(network, images, choose_device("fp32", 2, network)).astype(np.float64)
    if model.task == "regression":
        return pd.DataFrame({NUMBER: said[:, 0]})
    table = pd.DataFrame({f"{PROBABILITY}{name}": said[:, k] for k, name in enumerate(model.classes)})
    table.insert(0, "called", _called(said, model))
    return table


def _called(said: NDArray[np.float64], model: Model) -> list[str]:
    from stages.components.grade_scores import Graded
    from stages.components.scoring import Predictions

    if model.task == "multilabel":
        names = np.array(model.classes)
        return [LABEL_JOIN.join(names[row >= 0.5]) for row in said]
    unknown = np.zeros(len(said), np.int64)
    positive = None if model.positive is None else model.classes.index(model.positive)
    read = (
        Graded(unknown, said)
        if model.task == "ordinal"
        else Predictions(unknown, said, positive, model.threshold)
    )
    return [model.classes[k] for k in read.called()]


def main() -> None:
    """Reads a packaged model and images; writes a CSV with one row per image."""
    parser = argparse.ArgumentParser(prog="stages.predict")
    for name in ("model", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    from stages.components.checkpoint import load_checkpoint

    model = read_json(Model, args.model / RECORD)
    checkpoint, network = load_checkpoint(args.model / FOLDER)
    _check_pair(model, checkpoint, args.model)
    files = list_images(args.images)
    images = prepare_files(files, model)
    table = predict_images(network, images, model)
    root = args.images if args.images.is_dir() else args.images.parent
    table.insert(0, "image", [file.relative_to(root).as_posix() for file in files])
    with whole_file(args.out) as part:
        table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n")


def list_images(place: Path) -> list[Path]:
    """Gives the one file, or every visible file below a folder, sorted.

    Raises:
        DataError: If there is none.
    """
    if place.is_file():
        return [place]
    files = sorted(f for f in place.rglob("*") if f.is_file() and not f.name.startswith("."))
    if files:
        return files
    raise DataError(
        "there are no images to predict",
        where=str(place),
        why="the folder is empty" if place.is_dir() else "there is no such file or folder",
        remedy="give an image, or a folder of images",
    )


def prepare_files(files: list[Path], model: Model) -> NDArray[Any]:
    """Prepares loose files as the model's training cases were.

    Raises:
        DataError: If a file is not a readable image, or of a kind that the preparation does not take.
    """
    from stages.components.preparation import prepare_case

    images = []
    for file in files:
        try:
            decoded = decode_case_file(file)
            prepared = prepare_case(
                decoded.pixels, model.preparation, colour=decoded.colour, spacing=decoded.spacing
            )
            images.append(prepared["images"])
        except (UnreadableError, ValueError) as error:
            raise DataError(
                "an image cannot be predicted",
                where=str(file),
                why=str(error),
                remedy="remove the file or save it again; no prediction was written",
            ) from error
    return np.stack(images)


def _check_pair(model: Model, checkpoint: Checkpoint, folder: Path) -> None:
    if model.weights_sha256 != checkpoint.weights_sha256:
        raise DataError(
            "the model's record and its weights do not belong together",
            where=str(folder),
            why="the record names other weights",
            remedy="restore the folder with `medgraft run`",
        )


if __name__ == "__main__":
    sys.exit(guarded(main))
