"""Which models can be exported as what."""

from __future__ import annotations

from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import UsageError


def require_images(
    checkpoint: Checkpoint, form: str, *, covariates: bool = False, patches: bool = False
) -> None:
    """Makes sure that a model takes whole images or volumes, and nothing beside them that has no place.

    Args:
        checkpoint: Of the model.
        form: The export's format.
        covariates: Whether it has a place for covariates, as codes.
        patches: Whether it has a sliding window, for a network that sees patches.

    Raises:
        UsageError: If it is for records of a clinical table, or takes covariates or sees patches that the
            format has no place for.
    """
    network = checkpoint.network
    if network.features:
        raise _unfit("for clinical tables", form, f"network {network.params.name}")
    if network.covariates and not covariates:
        names = ", ".join(feature.name for feature in network.covariates)
        raise _unfit("with covariates beside the image", form, f"covariates {names}")
    if network.patch and not patches:
        raise UsageError(
            f"a model that sees patches cannot be exported as {form}",
            where=f"patch {'x'.join(map(str, network.patch.size))}",
            why="the export has no sliding window, and would draw other masks than the model does",
            remedy="apply it with `medgraft predict`, or export it as bundle, which has one",
        )


def _unfit(kind: str, form: str, where: str) -> UsageError:
    return UsageError(
        f"a model {kind} cannot be exported as {form}",
        where=where,
        why="the reading of its table is no tensor operation, and the format has images only",
        remedy="apply it with `medgraft predict`, or export it as ro-crate, ml-bom, openlineage or card",
    )
