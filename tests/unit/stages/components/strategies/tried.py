"""Runs strategies on small cases, and tells what they moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from stages.components.grafting.changes import compare
from stages.components.networks.checkpoint import tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.components.strategies.choice import train
from stages.components.strategies.trial import Trained
from stages.contracts.prepared import PreparedCases
from stages.contracts.strategy import StrategyParams
from tests.unit.stages.small import cases_of, copied, trial_of
from tests.unit.stages.small_records import mlp_for, records_of

CASES = cases_of({"train": (12, 12), "val": (6, 6)})
RECORDS = records_of({"train": 24, "val": 12})


def strategy(kind: str, **params: object) -> StrategyParams:
    return StrategyParams.model_validate({"kind": kind, **params})


def run(
    kind: str,
    seed: int = 0,
    network_seed: int = 0,
    cases: PreparedCases = CASES,
    recipe: Mapping[str, object] | None = None,
    **params: object,
) -> tuple[dict[str, torch.Tensor], Trained]:
    """Gives the tensors before, and what the strategy made of them."""
    trial = trial_of(cases, seed, network_seed, source=None, **(recipe or {}))
    before = copied(trial.network)
    return before, train(trial, strategy(kind, **params))


def run_on_records(kind: str, **params: object) -> tuple[dict[str, torch.Tensor], Trained]:
    """As `run`, on records and a network of three layers."""
    spec, network = mlp_for(RECORDS.only("train"), layers=3)
    trial = replace(trial_of(RECORDS, source=network), spec=spec)
    before = copied(network)
    return before, train(trial, strategy(kind, **params))


def moved(before: dict[str, torch.Tensor], network: GraftNetwork) -> set[str]:
    return {name for name, tensor in network.state_dict().items() if not torch.equal(before[name], tensor)}


def digests(network: GraftNetwork) -> list[str]:
    return [tensor_sha256(tensor) for tensor in network.state_dict().values()]


def relative_changes(before: dict[str, torch.Tensor], trained: Trained) -> list[float]:
    return [c.relative_change for c in compare(before, trained.network, from_source=True).layers]
