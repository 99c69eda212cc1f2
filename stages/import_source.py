"""Imports weights that were trained elsewhere, as the same kind of checkpoint as one trained here."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from stages.adapters.raw.location import resolve_raw
from stages.adapters.raw.raw_files import inside
from stages.contracts.artifact import whole_folder
from stages.contracts.errors import DataError, guarded
from stages.contracts.network import ImageSize, NetworkParams, NetworkSpec, Normalisation
from stages.contracts.params import Params, load_params

if TYPE_CHECKING:
    from torch import Tensor

    from stages.components.networks.network import GraftNetwork


class ImportSourceParams(Params):
    """Section `import_source.<source>`."""

    network: NetworkParams
    """The network that the weights belong to."""
    naming: Literal["monai", "lukemelas"] = "monai"
    """Whose tensor names the file has; `lukemelas` numbers EfficientNet's blocks without groups."""
    normalisation: Normalisation
    """The input that the weights expect, on pixel values from 0 to 255."""
    image_size: ImageSize = (224, 224)
    """Height and width in pixels that the weights were trained at; three sides for volumes."""
    classes: Annotated[int, Field(ge=1)] | None
    """Number of outputs of the head in the file; the transfer replaces it. Null where the file has none."""
    file: str | None = None
    """Path of the weights file below the raw folder, as `models/model.pt`; null where there is only one."""
    keys: tuple[tuple[str, str | None], ...] = ()
    """Pairs of a regular expression and a replacement that lead from the file's names to those of `naming`,
    applied in order; a replacement of null leaves a tensor out."""

    @field_validator("network")
    @classmethod
    def _for_images(cls, network: NetworkParams) -> NetworkParams:
        if network.takes_records:
            raise ValueError("a file of weights does not say what an `mlp` takes in: train one here")
        return network

    @field_validator("keys")
    @classmethod
    def _expressions(cls, keys: tuple[tuple[str, str | None], ...]) -> tuple[tuple[str, str | None], ...]:
        for pattern, replacement in keys:
            try:
                re.compile(pattern).sub(replacement or "", "")
            except (re.error, IndexError) as error:
                raise ValueError(f"{pattern!r} to {replacement!r}: {error}") from error
        return keys


def import_source(
    weights: dict[str, Tensor], params: ImportSourceParams, name: str
) -> tuple[GraftNetwork, NetworkSpec]:
    """Loads foreign weights strictly: every tensor of the file and of the network must have its partner.

    Args:
        weights: Tensors by the names of the file.
        params: The network, and how the names map to MONAI's.
        name: Name of the source, for errors.

    Raises:
        DataError: If a tensor is missing, left over or has another shape, or if two have one name.
    """
    from stages.components.grafting.foreign_weights import load_strictly, rename
    from stages.components.grafting.key_map import map_keys
    from stages.components.networks.network import build_network

    spec = NetworkSpec(
        params=params.network,
        in_channels=len(params.normalisation.mean),
        image_size=params.image_size,
        classes=tuple(f"{name}-{number}" for number in range(params.classes or 1)),
        task="segmentation" if params.network.segments else "classes",
    )
    network = build_network(spec, params.normalisation, seed=0)
    renamed = rename(map_keys(weights, params.keys, name), params.naming, name)
    load_strictly(network, renamed, name, headless=params.classes is None)
    return network, spec


def main() -> None:
    """Reads the weights file of the raw folder; writes a checkpoint."""
    parser = argparse.ArgumentParser(prog="stages.import_source")
    parser.add_argument("--source", required=True)
    for name in ("raw", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(ImportSourceParams, f"import_source.{args.source}")
    file = find_weights(resolve_raw(args.raw), params.file)
    from stages.components.grafting.foreign_weights import read_foreign
    from stages.components.networks.checkpoint import save_checkpoint

    network, spec = import_source(read_foreign(file), params, args.source)
    with whole_folder(args.out) as out:
        save_checkpoint(out, network, spec, origin="imported", source=args.source)


def find_weights(raw: Path, file: str | None = None) -> Path:
    """Gives the weights file of a raw folder: that of a path below it, or the only one.

    Raises:
        DataError: If there is none, if the path leads out of the folder, or without one if there are several.
    """
    if file is not None:
        return _named(raw, file)
    kinds = (".safetensors", ".pth", ".pt", ".bin")
    files = [raw] if raw.is_file() else sorted(f for f in raw.rglob("*") if f.suffix in kinds)
    if len(files) == 1:
        return files[0]
    raise DataError(
        "the raw folder must hold one weights file",
        where=str(raw),
        why=f"it holds {len(files)} files ending in {', '.join(kinds)}",
        remedy="leave exactly one there, or name it in import_source.<source>.file",
    )


def _named(raw: Path, file: str) -> Path:
    place = inside(raw, file)
    if place.is_file():
        return place
    raise DataError(
        "the weights file is missing",
        where=f"{raw}: {file}",
        why="there is no such file",
        remedy="correct import_source.<source>.file",
    )


if __name__ == "__main__":
    sys.exit(guarded(main))
