"""Applies a packaged model to new images or records, prepared just as those it was trained on.

Not a stage of the graph: `medgraft predict` runs it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stages.adapters.images.case_file import decode_case_file
from stages.adapters.newcomers.new_images import list_images, name_below
from stages.adapters.opened import AdapterRecord
from stages.contracts.artifact import read_json, whole_file, whole_folder
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import DataError, UsageError, guarded
from stages.contracts.model import READING, RECORD, Model, folders
from stages.contracts.predictions import NUMBER, PROBABILITY
from stages.contracts.task import LABEL_JOIN
from stages.ingestion.new_cases import prepare_files, prepare_rows, read_covariates, refusing

if TYPE_CHECKING:
    import pandas as pd

    from stages.components.networks.network import GraftNetwork


def predict_images(
    networks: Sequence[GraftNetwork],
    images: NDArray[Any],
    model: Model,
    covariates: NDArray[np.float32] | None = None,
) -> pd.DataFrame:
    """Says of each case what the model's task asks.

    Args:
        networks: The model's networks; their mean is said.
        images: Prepared, shape (images, channels, *size), or records, shape (records, features).
        model: Task, classes and threshold.
        covariates: Shape (images, covariates), NaN where missing, of a model that takes them.

    Returns:
        The predicted number; or the class or the labels that an image is called, and a probability each.
    """
    import pandas as pd

    from stages.components.compute.device import choose_device
    from stages.components.prediction.calibration import temper
    from stages.components.prediction.ensemble import mean_probabilities
    from stages.components.prediction.inference import predict

    # In full precision: a single image gets the same figures in any batch, to rounding.
    said = mean_probabilities(
        [predict(one, images, choose_device("fp32", 2, one), covariates) for one in networks]
    )
    if model.task == "regression":
        return pd.DataFrame({NUMBER: said[:, 0]})
    if model.temperature != 1:
        said = temper(said, model.temperature)
    table = pd.DataFrame({f"{PROBABILITY}{name}": said[:, k] for k, name in enumerate(model.classes)})
    table.insert(0, "called", _called(said, model))
    return table


def _called(said: NDArray[np.float64], model: Model) -> list[str]:
    from stages.components.scores.grade_scores import Graded
    from stages.components.scores.scoring import Predictions

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
    """Reads a packaged model and images or a table; writes a CSV, or a folder of masks."""
    parser = argparse.ArgumentParser(prog="stages.predict")
    for name in ("model", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    args = parser.parse_args()
    from stages.components.networks.checkpoint import load_checkpoint

    model = read_json(Model, args.model / RECORD)
    loaded = [load_checkpoint(args.model / folder) for folder in folders(model)]
    _check_pair(model, [record for record, _ in loaded], args.model)
    networks = [network for _, network in loaded]
    require_table(model, args.table)
    if model.task == "segmentation":
        require_free(args.out)
        with whole_folder(args.out) as folder:
            predict_masks(networks[0], args.images, model, folder)
        return
    if features := loaded[0][0].network.features:
        reading = read_json(AdapterRecord, args.model / READING).adapter
        names, cases = prepare_rows(args.images, reading, features, model.preparation)
    else:
        names, cases = prepare_files(args.images, model.preparation)
    known = None if args.table is None else read_covariates(args.table, args.model, model.covariates, names)
    table = predict_images(networks, cases, model, known)
    table.insert(0, "case" if features else "image", names)
    with whole_file(args.out) as part:
        table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n")


def require_table(model: Model, table: Path | None) -> None:
    """Makes sure that there is a table just where the model takes covariates.

    Raises:
        UsageError: If there is none, or one too many.
    """
    if bool(model.covariates) == (table is not None):
        return
    if table is None:
        names = ", ".join(feature.name for feature in model.covariates)
        raise UsageError(
            "the model takes covariates beside each image",
            where=f"model {model.name}",
            why=f"it was trained with {names}, and there is no table of them",
            remedy="give one with --table: a row per image, an empty cell where a value is not known",
        )
    raise UsageError(
        "the model takes no covariates",
        where=f"--table {table}",
        why="it was trained on images or records alone",
        remedy="leave --table out",
    )


def require_free(folder: Path) -> None:
    """Makes sure that writing a folder of masks replaces nothing.

    Raises:
        UsageError: If there is something of this name.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UsageError(
            "the masks would replace what is there",
            where=str(folder),
            why="a segmentation model writes a folder of masks, and this name is taken",
            remedy="name a new folder with -o",
        )


def predict_masks(network: GraftNetwork, images: Path, model: Model, folder: Path) -> None:
    """Writes a mask for each image, on the image's own grid, one image in memory at a time.

    Args:
        network: The model's network.
        images: An image, or a folder of them.
        model: How they are prepared.
        folder: Where to write.

    Raises:
        DataError: If a file is not a readable image, or two of them differ in their extension only.
    """
    from stages.adapters.images.mask_file import write_mask
    from stages.components.compute.device import choose_device
    from stages.components.prediction.inference import predict
    from stages.components.preparation.intensity import as_stored
    from stages.components.preparation.preparation import prepare_scan

    written: dict[Path, Path] = {}
    for file in list_images(images):
        with refusing(file):
            decoded = decode_case_file(file)
            scan = prepare_scan(
                decoded.pixels,
                model.preparation,
                colour=decoded.colour,
                spacing=decoded.spacing,
                uncut=network.patch is not None,
            )
            prepared = as_stored(scan.image, model.preparation.dtype)[None]
            (mask,) = predict(network, prepared, choose_device("fp32", 2, network))
            grid = decoded.pixels.shape[: decoded.pixels.ndim - decoded.colour]
            back = scan.placement.taken_back(mask, grid)
            place = write_mask(back, decoded, folder, name_below(file, images))
            if written.setdefault(place, file) != file:
                raise ValueError(f"its mask would have the name of that of {written[place]}")


def _check_pair(model: Model, checkpoints: Sequence[Checkpoint], folder: Path) -> None:
    if model.weights_sha256 not in {checkpoint.weights_sha256 for checkpoint in checkpoints}:
        raise DataError(
            "the model's record and its weights do not belong together",
            where=str(folder),
            why="the record names other weights",
            remedy="restore the folder with `medgraft run`",
        )


if __name__ == "__main__":
    sys.exit(guarded(main))
