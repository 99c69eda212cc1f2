"""Computes the frozen backbone's features once, for every strategy, seed and score that reads them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from stages.contracts.artifact import whole_folder
from stages.contracts.description import require_fitting
from stages.contracts.errors import guarded
from stages.contracts.features import FeaturesRecord, write_features
from stages.contracts.params import Params, load_params
from stages.contracts.prepared import PreparedCases, open_prepared
from stages.contracts.recipe import Precision

if TYPE_CHECKING:
    from stages.components.networks.network import GraftNetwork


class ExtractParams(Params):
    """Section `extract`."""

    precision: Precision = "auto"
    """As in a recipe."""
    threads: int = Field(default=1, ge=1)
    """CPU threads."""


def extract(network: GraftNetwork, cases: PreparedCases, params: ExtractParams) -> NDArray[np.float32]:
    """Gives the features of the cases, shape (cases, width), with the backbone in evaluation mode."""
    from stages.components.compute.device import choose_device
    from stages.components.prediction.inference import extract_features

    device = choose_device(params.precision, params.threads, network)
    return extract_features(network, cases.images, device, cases.covariates)


def main() -> None:
    """Reads the transferred network and the target's training and validation cases; writes features."""
    parser = argparse.ArgumentParser(prog="stages.extract")
    for name in ("transferred", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(ExtractParams, "extract")
    # The test split stays closed: only evaluate opens it. Each image is needed once, so none is kept.
    cases = open_prepared(args.prepared, ("train", "val"))
    from stages.components.networks.checkpoint import load_checkpoint

    record, network = load_checkpoint(args.transferred)
    require_fitting(record.network.params, cases.preparation)
    features = extract(network, cases, params)
    facts = FeaturesRecord(weights_sha256=record.weights_sha256, case_ids=tuple(cases.index["case_id"]))
    with whole_folder(args.out) as out:
        write_features(facts, features, out)


if __name__ == "__main__":
    sys.exit(guarded(main))
