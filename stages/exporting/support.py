"""Which models can be exported as what."""

from __future__ import annotations

from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import UsageError


def require_images(checkpoint: Checkpoint, form: str) -> None:
    """Makes sure that a model takes images or volumes, and nothing beside them.

    Raises:
        UsageError: If it is for records of a clinical table, or takes covariates.
    """
    network = checkpoint.network
    if network.features:
        raise _unfit("for clinical tables", form, f"network {network.params.name}")
    if network.covariates:
        names = ", ".join(feature.name for feature in network.covariates)
        raise _unfit("with covariates beside the image", form, f"covariates {names}")


def _unfit(kind: str, form: str, where: str) -> UsageError:
    return UsageError(
        f"a model {kind} cannot be exported as {form}",
        where=where,
        why="the reading of its table is no tensor operation, and the format has images only",
        remedy="apply it with `medgraft predict`, or export it as ro-crate, ml-bom, openlineage or card",
    )
