"""The strategies that params can name, and what each leaves open.

They stand apart from the code that trains, so that params are checked without importing torch.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from stages.contracts.params import Params
from stages.contracts.recipe import BatchNorm


class ScratchParams(Params):
    """The control: the same network and budget from random weights."""

    kind: Literal["scratch"] = "scratch"
    rate: float = Field(default=1.0, gt=0, le=10)
    """Factor on the recipe's learning rate, so that a search has controls to choose among too."""


class LinearProbeParams(Params):
    """Logistic regression on standardised frozen features."""

    kind: Literal["linear_probe"] = "linear_probe"
    inverse_penalty: float = Field(default=0.01, gt=0)
    """C of scikit-learn's LogisticRegression: smaller is more strongly regularised."""


class SharedLayersParams(Params):
    """What every strategy that trains the shared layers beside a new head leaves open."""

    backbone_rate: float = Field(default=0.3, ge=0, le=1)
    """Factor on the recipe's learning rate for the shared layers; at 0 they are frozen."""
    batch_norm: BatchNorm = "frozen"
    """`frozen` keeps the source's BatchNorm statistics; `adapt` averages the target's into them."""


class FullParams(SharedLayersParams):
    """All layers are trained on, the head from new weights."""

    kind: Literal["full"] = "full"


class L2SpParams(SharedLayersParams):
    """As `full`, but the shared layers are held near the source's weights; weight decay is off."""

    kind: Literal["l2_sp"] = "l2_sp"
    alpha: float = Field(default=0.1, ge=0)
    """Penalty alpha / 2 on the squared distance of the shared weights from the source's."""
    beta: float = Field(default=0.01, ge=0)
    """Penalty beta / 2 on the squared weights of the head, which has no source."""


class BssParams(SharedLayersParams):
    """As `full`, with a penalty on the smallest singular values of each batch's features."""

    kind: Literal["bss"] = "bss"
    eta: float = Field(default=0.001, ge=0)
    """Weight of the penalty."""
    smallest: int = Field(default=1, ge=1)
    """How many singular values it shrinks."""


class LayerDecayParams(SharedLayersParams):
    """As `full`, but the deeper a block lies below the head, the slower it learns."""

    kind: Literal["layer_decay"] = "layer_decay"
    backbone_rate: float = Field(default=1.0, gt=0, le=1)
    """Factor on the recipe's learning rate for the shared layers, before `decay`."""
    decay: float = Field(default=0.65, gt=0, le=1)
    """Factor from each block to the one below it; the block next to the head has it once."""


class GradualParams(SharedLayersParams):
    """The head first, then one more block at a time, from the head down."""

    kind: Literal["gradual"] = "gradual"
    epochs_per_block: int = Field(default=1, ge=1)
    """Epochs from one opening to the next; a block whose turn comes after the last epoch stays frozen."""


class LpFtParams(Params):
    """Linear probing, then full fine-tuning."""

    kind: Literal["lp_ft"] = "lp_ft"
    probe: LinearProbeParams = LinearProbeParams()
    """The first phase, on the same cached features as the linear probe."""
    rate: float = Field(default=0.3, gt=0, le=1)
    """Factor on the recipe's learning rate for all layers of the second phase."""
    batch_norm: BatchNorm = "frozen"
    """`frozen` keeps the source's BatchNorm statistics; `adapt` averages the target's into them."""


class SurgicalParams(Params):
    """Linear probing, then one block and the head; all other layers are frozen."""

    kind: Literal["surgical"] = "surgical"
    block: str = Field(default="auto", min_length=1)
    """Such as `layer2` (a wrong name lists the network's); `auto`: of the largest relative gradient."""
    probe: LinearProbeParams = LinearProbeParams()
    """The first phase: the head on frozen features."""
    rate: float = Field(default=0.3, gt=0, le=1)
    """Factor on the recipe's learning rate for the block and the head."""
    batch_norm: BatchNorm = "frozen"
    """`frozen` keeps the source's BatchNorm statistics; `adapt` averages the target's into the block's."""


Strategy = (
    ScratchParams
    | LinearProbeParams
    | FullParams
    | LpFtParams
    | L2SpParams
    | BssParams
    | LayerDecayParams
    | GradualParams
    | SurgicalParams
)


class StrategyParams(RootModel[Annotated[Strategy, Field(discriminator="kind")]]):
    """One entry of the section `strategies`; its `kind` decides which params it takes."""
