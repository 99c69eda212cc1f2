"""Describes a network for the cases that it is to take."""

from __future__ import annotations

from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkParams, NetworkSpec
from stages.contracts.patch import Patch
from stages.contracts.preparation import Preparation


def describe_network(
    params: NetworkParams, preparation: Preparation, patch: Patch | None = None
) -> NetworkSpec:
    """Describes a network for prepared cases.

    Args:
        params: The network.
        preparation: Of the cases.
        patch: What it sees of a case at a time; None for all of it.

    Raises:
        ParamsError: If it does not fit them.
    """
    require_fitting(params, preparation)
    if patch is not None:
        _require_patch(patch, preparation)
    return NetworkSpec(
        params=params,
        in_channels=preparation.params.channels,
        image_size=preparation.grid() if patch is None else patch.size,
        classes=preparation.classes,
        task=preparation.task,
        features=preparation.features,
        covariates=preparation.covariates,
        patch=patch,
    )


def require_fitting(params: NetworkParams, preparation: Preparation) -> None:
    """Makes sure that a network takes prepared cases, and says what they are labelled with.

    Raises:
        ParamsError: If it is one for images and the cases are records, or the other way round; if it segments
            where cases have labels, or the other way round; or the cases are of a kind that no network takes.
    """
    preparation.grid()
    _require_kind(params, preparation)
    _require_task(params, preparation)


def _require_kind(params: NetworkParams, preparation: Preparation) -> None:
    records = params.takes_records
    if records == (preparation.params.size is None):
        return
    raise ParamsError(
        f"{params.name} cannot take these cases",
        where=f"domain '{preparation.domain}', network.name {params.name}",
        why="it is for records, and the cases are images" if records else "the cases are records",
        remedy="choose a network for images, such as resnet18"
        if records
        else "train a source of records with `mlp`, as docs/recipes/heart.yaml does",
    )


def _require_task(params: NetworkParams, preparation: Preparation) -> None:
    if params.segments == (preparation.task == "segmentation"):
        return
    gives = "a class to each pixel" if params.segments else "one answer to each case"
    raise ParamsError(
        "the network is for another task",
        where=f"domain '{preparation.domain}', network.name {params.name}",
        why=f"{params.name} gives {gives}, and the task of the cases is {preparation.task}",
        remedy="choose a classifier such as resnet18 for labels, and one such as unet for masks",
    )


def _require_patch(patch: Patch, preparation: Preparation) -> None:
    grid = preparation.grid()
    if preparation.task != "segmentation":
        why, remedy = (
            "one answer is of the whole case, and a patch may lack what it is about",
            "remove `patch`",
        )
    elif len(grid) != len(patch.size):
        why = f"it has {len(patch.size)} sides, and the cases have {len(grid)}"
        remedy = "give `patch` one side per axis"
    elif any(side > whole for side, whole in zip(patch.size, grid, strict=True)):
        sides = "x".join(map(str, grid))
        why = f"a case is prepared as {sides}"
        remedy = f"make it smaller, or prepare.{preparation.domain}.size larger"
    else:
        return
    raise ParamsError(
        "the cases cannot be taken in patches of this size",
        where=f"domain '{preparation.domain}', patch {'x'.join(map(str, patch.size))}",
        why=why,
        remedy=remedy,
    )
