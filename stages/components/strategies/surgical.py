"""The head on frozen features, then one block with it: the one that the shift between domains asks for.

Lee et al. 2023, "Surgical fine-tuning improves adaptation to distribution shifts": a shift of the images
is mended in the first blocks, one of the labels in the last. `auto` takes the block with the largest
relative gradient norm on the training cases (their Auto-RGN, here as a choice of one). In the paper the
head knows its classes already; here they are new, so it is fitted first and goes on learning.
"""

from __future__ import annotations

from stages.components.networks.blocks import blocks_of
from stages.components.strategies.gradients import relative_gradient_norms
from stages.components.strategies.linear_probe import fit_head
from stages.components.strategies.trial import Trained, Trial, fit_at
from stages.components.training.optimisation import Pace
from stages.contracts.errors import ParamsError
from stages.contracts.strategy import SurgicalParams


def train_surgical(trial: Trial, params: SurgicalParams) -> Trained:
    """Fits the head on the cached features, then trains one block and the head.

    Raises:
        ParamsError: If the network has no block of this name.
    """
    _require_block(params.block, [block.name for block in blocks_of(trial.network.backbone)])
    fit_head(trial, params.probe)
    chosen = _strongest(trial) if params.block == "auto" else params.block
    pace = Pace(
        backbone=params.rate, head=params.rate, batch_norm=params.batch_norm, opening=lambda _: (chosen,)
    )
    return fit_at(trial, pace)


def _strongest(trial: Trial) -> str:
    """Names the block that the training cases pull at most; of equals the one next to the image."""
    norms = relative_gradient_norms(trial.network, trial.training, trial.device, trial.recipe.batch_size)
    return max(norms, key=norms.__getitem__)


def _require_block(name: str, known: list[str]) -> None:
    if name == "auto" or name in known:
        return
    raise ParamsError(
        f"the network has no block '{name}'",
        where="params.yaml: strategies, block of the kind surgical",
        why=f"its blocks are {', '.join(known)}",
        remedy="name one of them, or set `block: auto`",
    )
