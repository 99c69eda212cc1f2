"""How a network is trained: the values that every training stage shares."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from stages.contracts.artifact import Record

Precision = Literal["auto", "fp32", "bf16"]
BatchNorm = Literal["frozen", "adapt"]


class Augmentation(Record):
    """Random changes of a training batch, drawn per image."""

    flip: bool = False
    """Mirror left and right, with probability one half."""
    flip_vertical: bool = False
    """Mirror top and bottom, with probability one half."""
    rotate: float = Field(default=10.0, ge=0, le=180)
    """Largest rotation, in degrees."""
    scale: float = Field(default=0.1, ge=0, lt=1)
    """Largest relative change of size."""
    shift: float = Field(default=0.05, ge=0, le=1)
    """Largest shift, as a fraction of the image's side."""
    contrast: float = Field(default=0.1, ge=0, lt=1)
    """Largest relative change of contrast about the image's mean."""
    brightness: float = Field(default=0.1, ge=0, le=1)
    """Largest change of brightness, as a fraction of the 8-bit range."""


class Recipe(Record):
    """Optimisation of one training: AdamW with a linear warm-up and a cosine decay."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(default=32, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    """Peak of the schedule."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Not applied to biases and normalisation layers."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Fraction of all steps that the linear warm-up takes."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    class_weights: bool = False
    """Weight the loss by inverse class frequency in the training cases."""
    balanced_sampling: bool = False
    """Draw the cases of an epoch with replacement, each class as often (Kang et al. 2020)."""
    ema_decay: float | None = Field(default=None, gt=0, lt=1)
    """Validate and keep an exponential moving average of the weights, such as 0.99; null for the weights."""
    patience: int | None = Field(default=None, ge=1)
    """Stop after so many epochs without a lower validation loss, and keep the best one; null for neither."""
    validate_every: int = Field(default=1, ge=1)
    """Epochs from one validation to the next; the last epoch is always validated."""
    augmentation: Augmentation = Augmentation()
    """Of images; records are never changed, and must not ask for it."""
    precision: Precision = "auto"
    """`auto` is bf16 where the processor computes in it, else fp32; the checkpoint records which."""
    threads: int = Field(default=1, ge=1)
    """CPU threads; another number changes the last bits of the weights."""
    memory_budget_mb: int = Field(default=2048, ge=0)
    """Images of more mebibytes are read from the shards batch by batch; changes no bit of the weights."""

    @model_validator(mode="after")
    def _balanced_once(self) -> Self:
        if self.class_weights and self.balanced_sampling:
            raise ValueError("`class_weights` and `balanced_sampling` correct the same imbalance: set one")
        return self
