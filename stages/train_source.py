"""Trains a network on a source domain, for its backbone to be transferred."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stages.contracts.artifact import whole_folder
from stages.contracts.description import describe_network
from stages.contracts.errors import guarded
from stages.contracts.history import Epoch, write_history
from stages.contracts.network import NetworkParams, NetworkSpec
from stages.contracts.params import Params, load_params
from stages.contracts.patch import AnyPatch
from stages.contracts.prepared import PreparedCases, hold, open_prepared
from stages.contracts.recipe import Recipe

if TYPE_CHECKING:
    from stages.components.compute.device import Device
    from stages.components.networks.network import GraftNetwork
    from stages.components.training.resumption import Resumption


class TrainSourceParams(Params):
    """Section `train_source.<source>`."""

    network: NetworkParams
    """The network; the target's has the same backbone."""
    recipe: Recipe
    """How it is trained."""
    patch: AnyPatch | None = None
    """What the network sees of a case at a time, for masks; null for the whole case."""
    seed: int = 0
    """Decides the first weights and every draw."""


def train_source(
    cases: PreparedCases,
    spec: NetworkSpec,
    params: TrainSourceParams,
    name: str,
    resumption: Resumption | None = None,
) -> tuple[GraftNetwork, list[Epoch], Device]:
    """Trains on the cases of the training split, from random weights.

    Args:
        cases: Cases of the splits train and val.
        spec: The network.
        params: Recipe and seed.
        name: Name of the source, for the progress lines.
        resumption: Lets the training go on where an earlier start of it was killed.

    Returns:
        The network, its learning curve and the device that computed it.
    """
    from stages.components.compute.device import choose_device
    from stages.components.compute.progress import EpochLines
    from stages.components.networks.normalisation import build_fitted
    from stages.components.training.optimisation import Pace
    from stages.components.training.seed import derive_seed
    from stages.components.training.training import fit

    training, validation = hold(params.recipe.memory_budget_mb, cases.only("train"), cases.only("val"))
    network = build_fitted(spec, training, derive_seed(params.seed, "weights"))
    device = choose_device(params.recipe.precision, params.recipe.threads, network)
    fitted = fit(
        network,
        training,
        validation,
        params.recipe,
        pace=Pace(),
        device=device,
        seed=params.seed,
        report=EpochLines(name),
        resumption=resumption,
    )
    return network, fitted.history, device


def main() -> None:
    """Reads the prepared source domain; writes checkpoint and learning curve."""
    parser = argparse.ArgumentParser(prog="stages.train_source")
    parser.add_argument("--source", required=True)
    for name in ("prepared", "out", "history"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(TrainSourceParams, f"train_source.{args.source}")
    cases = open_prepared(args.prepared, ("train", "val"))
    spec = describe_network(params.network, cases.preparation, params.patch)
    from stages.components.compute.processes import joined
    from stages.components.networks.checkpoint import save_checkpoint
    from stages.components.training.resumption import Resumption

    resumption = Resumption(args.out, args.source, params)
    with joined() as processes:
        network, history, device = train_source(cases, spec, params, args.source, resumption)
    if not processes.first:
        return

    with whole_folder(args.out) as out:
        save_checkpoint(
            out,
            network,
            spec,
            origin="trained",
            source=args.source,
            training_cases=len(cases.only("train").labels),
            environment=device.environment(params.seed),
        )
    write_history(history, args.history)
    resumption.discard()


if __name__ == "__main__":
    sys.exit(guarded(main))
