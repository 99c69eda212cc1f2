"""Moves a source's shared layers into a network for the target task, and keeps the ledger of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from stages.contracts.artifact import whole_folder, write_json
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.description import describe_network
from stages.contracts.errors import guarded
from stages.contracts.ledger import Ledger
from stages.contracts.network import NetworkSpec, Normalisation
from stages.contracts.params import Params, load_params
from stages.contracts.patch import AnyPatch
from stages.contracts.prepared import PreparedCases, open_prepared

if TYPE_CHECKING:
    from torch import Tensor

    from stages.components.networks.network import GraftNetwork


class TransferParams(Params):
    """Section `transfer`."""

    min_coverage: float = Field(default=0.99, ge=0, le=1)
    """Least share of the target's backbone parameters that must come from the source."""
    patch: AnyPatch | None = None
    """What the target's network sees of a case at a time, for masks; null for the whole case.

    It goes with the checkpoint: fine-tuning, evaluation and `medgraft predict` use the same.
    """
    seed: int = 0
    """Decides what stays random: the new head."""


def transfer(
    source: Checkpoint, weights: dict[str, Tensor], cases: PreparedCases, params: TransferParams
) -> tuple[GraftNetwork, NetworkSpec, Ledger]:
    """Builds the target network and grafts the source's backbone on it.

    Args:
        source: Record of the source's checkpoint.
        weights: Its tensors.
        cases: The target's training cases; units that are new to the source, and covariates, are fitted
            to them.
        params: Least coverage, and the head's seed.

    Returns:
        The network, its description and the ledger.

    Raises:
        ParamsError: If the target has no labels, or the source's encoder has no network for its cases.
        DataError: If the coverage is too small.
    """
    from stages.components.grafting.alignment import align
    from stages.components.grafting.graft import graft
    from stages.components.networks.network import build_network
    from stages.components.networks.normalisation import settle_covariates
    from stages.components.networks.record_input import fit_scales
    from stages.components.training.seed import derive_seed

    given = source.network.params
    drawn = cases.preparation.task == "segmentation"
    kind = given.segmenter() if drawn else given.classifier()
    spec = describe_network(kind, cases.preparation, params.patch)
    blank = Normalisation(mean=(0.0,) * spec.in_channels, deviation=(1.0,) * spec.in_channels)
    scales = fit_scales(spec.features, cases.images) if spec.features else blank
    network = build_network(spec, scales, derive_seed(params.seed, "head"))
    settle_covariates(network, cases)
    alignment = None
    if spec.features:
        theirs, ours = weights["normalise.deviation"], network.normalise.deviation
        alignment = align(source.network.features, theirs, spec.features, ours)
    ledger = graft(
        source.source,
        weights,
        network,
        params.min_coverage,
        from_segmenter=given.segments,
        alignment=alignment,
    )
    return network, spec, ledger


def main() -> None:
    """Reads the source's checkpoint and the target's preparation; writes checkpoint and ledger."""
    parser = argparse.ArgumentParser(prog="stages.transfer")
    for name in ("source", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(TransferParams, "transfer")
    cases = open_prepared(args.prepared, ("train",))
    from stages.components.networks.checkpoint import load_checkpoint, save_checkpoint

    source, source_network = load_checkpoint(args.source)
    network, spec, ledger = transfer(source, source_network.state_dict(), cases, params)
    if left := ledger.left_behind:
        names = ", ".join(entry.name for entry in left[:5]) + (", ..." if len(left) > 5 else "")
        print(f"{source.source}: {len(left)} shared tensors stay behind: {names}", file=sys.stderr)
    with whole_folder(args.out) as out:
        save_checkpoint(
            out,
            network,
            spec,
            origin="transferred",
            source=source.source,
            parent_sha256=source.weights_sha256,
        )
        write_json(ledger, out / "ledger.json")


if __name__ == "__main__":
    sys.exit(guarded(main))
