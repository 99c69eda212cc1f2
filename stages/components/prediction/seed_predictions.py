"""Predictions of every seed of a model, and the table that keeps them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stages.components.compute.device import choose_device
from stages.components.networks.checkpoint import load_checkpoint
from stages.components.prediction.committee import spoken, tempered
from stages.components.prediction.inference import predict
from stages.components.tasks.choice import objective_of
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Precision
from stages.contracts.scores import Chosen


def predict_seeds(
    folder: Path, cases: PreparedCases, precision: Precision, threads: int
) -> dict[int, pd.DataFrame]:
    """Predicts the cases with the checkpoint of each seed in a folder."""
    tables = {}
    for run in sorted(folder.iterdir(), key=lambda f: int(f.name)):
        record, network = load_checkpoint(run)
        device = choose_device(precision, threads, network)
        objective = objective_of(record.network.task, record.network.classes)
        said = predict(network, cases.images, device, cases.covariates)
        tables[int(run.name)] = objective.tabulate(cases, said)
    return tables


def write_predictions(
    tables: dict[str, dict[int, pd.DataFrame]], chosen: dict[str, Chosen], file: Path
) -> None:
    """Writes all predictions, tempered, in one table: a row per model, seed and case.

    Where the mean of the seeds was judged it is there too, with a null in place of the seed.

    Args:
        tables: Predictions by model and seed.
        chosen: What each model is; none of a control that is no network.
        file: Where to.
    """
    frames = []
    for role, by_seed in tables.items():
        choice = chosen.get(role)
        said = {seed: tempered(table, choice.temperature if choice else 1) for seed, table in by_seed.items()}
        frames += [table.assign(model=role, seed=seed) for seed, table in said.items()]
        if choice and choice.members:
            frames.append(spoken(by_seed, choice).assign(model=role, seed=None))
    table = pd.concat(frames, ignore_index=True).astype({"seed": "Int64"})
    first = ["model", "seed"]
    table[first + [name for name in table.columns if name not in first]].to_parquet(file, index=False)
