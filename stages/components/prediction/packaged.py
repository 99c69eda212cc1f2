"""Applies the networks of a packaged model to prepared cases."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stages.components.compute.device import choose_device
from stages.components.networks.checkpoint import load_checkpoint
from stages.components.prediction.inference import predict
from stages.components.tasks.choice import objective_of
from stages.contracts.model import Model, folders
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Chosen


def predict_packaged(folder: Path, model: Model, cases: PreparedCases) -> dict[int, pd.DataFrame]:
    """Predicts cases with each network of a model, in full precision as `medgraft predict` computes.

    Args:
        folder: The model's.
        model: Its record.
        cases: Prepared as it needs them.

    Returns:
        Predictions by seed, rows in the order of the cases.
    """
    tables = {}
    for name, seed in zip(folders(model), model.members or (model.seed,), strict=True):
        record, network = load_checkpoint(folder / name)
        objective = objective_of(record.network.task, record.network.classes)
        device = choose_device("fp32", 2, network)
        tables[seed] = objective.tabulate(cases, predict(network, cases.images, device, cases.covariates))
    return tables


def chosen_of(model: Model) -> Chosen:
    """Gives the candidate, seed and threshold that a packaged model is."""
    facts = model.model_dump(include={"source", "strategy", "seed", "threshold", "temperature", "members"})
    return Chosen.model_validate(facts)
