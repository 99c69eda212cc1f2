"""Moves a source's shared layers into a network for the target task, and keeps the ledger of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import guarded
from stages.contracts.ledger import Ledger
from stages.contracts.network import NetworkSpec, Normalisation
from stages.contracts.params import Params, load_params
from stages.contracts.preparation import Preparation

if TYPE_CHECKING:
    from torch import Tensor

    from stages.components.network import GraftNetwork


class TransferParams(Params):
    """Section `transfer`."""

    min_coverage: float = Field(default=0.99, ge=0, le=1)
    """Least share of the target's backbone parameters that must come from the source."""
    seed: int = 0
    """Decides what stays random: the new head."""


def transfer(
    source: Checkpoint, weights: dict[str, Tensor], preparation: Preparation, params: TransferParams
) -> tuple[GraftNetwork, NetworkSpec, Ledger]:
    """Builds the target network and grafts the source's backbone on it.

    Args:
        source: Record of the source's checkpoint.
        weights: Its tensors.
        preparation: What the target's cases look like.
        params: Least coverage, and the head's seed.

    Returns:
        The network, its description and the ledger.

    Raises:
        ParamsError: If the target has no labels, or the source's encoder has no network for it.
        DataError: If the coverage is too small.
    """
    from stages.components.graft import graft
    from stages.components.network import build_network
    from stages.components.seed import derive_seed

    channels = preparation.params.channels
    given = source.network.params
    spec = NetworkSpec(
        params=given.segmenter() if preparation.task == "segmentation" else given.classifier(),
        in_channels=channels,
        image_size=preparation.grid(),
        classes=preparation.classes,
        task=preparation.task,
    )
    blank = Normalisation(mean=(0.0,) * channels, deviation=(1.0,) * channels)
    network = build_network(spec, blank, derive_seed(params.seed, "head"))
    ledger = graft(source.source, weights, network, params.min_coverage, from_segmenter=given.segments)
    return network, spec, ledger


def main() -> None:
    """Reads the source's checkpoint and the target's preparation; writes checkpoint and ledger."""
    parser = argparse.ArgumentParser(prog="stages.transfer")
    for name in ("source", "prepared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(TransferParams, "transfer")
    preparation = read_json(Preparation, args.prepared / "preparation.json")
    from stages.components.checkpoint import load_checkpoint, save_checkpoint

    source, source_network = load_checkpoint(args.source)
    network, spec, ledger = transfer(source, source_network.state_dict(), preparation, params)
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
