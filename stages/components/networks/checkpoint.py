"""Saves and loads networks as safetensors with a typed record; never by pickle."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from stages.components.networks.network import GraftNetwork, build_network
from stages.components.networks.record_input import RecordInput
from stages.contracts.artifact import read_json, write_json
from stages.contracts.checkpoint import RECORD, Checkpoint, Environment, Origin
from stages.contracts.errors import DataError
from stages.contracts.network import NetworkSpec, Normalisation, Scales


def save_checkpoint(  # noqa: PLR0913 - a record has as many facts as it has
    folder: Path,
    network: GraftNetwork,
    spec: NetworkSpec,
    *,
    origin: Origin,
    source: str,
    strategy: str | None = None,
    parent_sha256: str | None = None,
    training_cases: int | None = None,
    environment: Environment | None = None,
) -> Checkpoint:
    """Writes weights and record into a folder; the same weights give the same bytes."""
    file = Checkpoint.weights_file(folder)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    file.write_bytes(save(tensors))  # `save_file` hides a full disk in an error of its own
    record = Checkpoint(
        origin=origin,
        source=source,
        strategy=strategy,
        network=spec,
        normalisation=_normalisation(network),
        parent_sha256=parent_sha256,
        weights_sha256=file_sha256(file),
        training_cases=training_cases,
        environment=environment,
    )
    write_json(record, folder / RECORD)
    return record


def load_checkpoint(folder: Path) -> tuple[Checkpoint, GraftNetwork]:
    """Builds the network of a checkpoint and gives it its weights.

    Raises:
        DataError: If a file is missing or damaged, is not safetensors, does not have the
            recorded hash, or does not fit the recorded network.
    """
    record = read_json(Checkpoint, folder / RECORD)
    file = Checkpoint.weights_file(folder)
    weights = load_weights(file)
    if file_sha256(file) != record.weights_sha256:
        raise _damaged(file, "its SHA-256 is not the one in its record")
    network = build_network(record.network, record.normalisation, seed=0)
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise _damaged(file, str(error).splitlines()[1].strip()) from error
    return record, network


def load_weights(file: Path) -> dict[str, Tensor]:
    """Reads a safetensors file.

    Raises:
        DataError: If it is missing, damaged, or another format, such as a pickle.
    """
    try:
        tensors: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        why = str(error).splitlines()[0]
        if file.is_file() and is_pickle(file):
            why = "it is a pickled file, which can run code when it is opened"
        raise _damaged(file, why) from error
    return tensors


def is_pickle(file: Path) -> bool:
    """Tells a pickle, or torch's zip of one, by its first bytes."""
    with file.open("rb") as stream:
        start = stream.read(4)
    return start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05") or start == b"PK\x03\x04"


def file_sha256(file: Path) -> str:
    """Hashes a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tensor_sha256(tensor: Tensor) -> str:
    """Hashes the type, shape and values of a tensor."""
    plain = tensor.detach().cpu().contiguous()
    digest = hashlib.sha256(f"{plain.dtype}{tuple(plain.shape)}".encode())
    digest.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _normalisation(network: GraftNetwork) -> Scales:
    layer = network.normalise
    kind = Scales if isinstance(layer, RecordInput) else Normalisation
    return kind(
        mean=tuple(layer.mean.flatten().tolist()), deviation=tuple(layer.deviation.flatten().tolist())
    )


def _damaged(file: Path, why: str) -> DataError:
    return DataError(
        "a checkpoint cannot be loaded",
        where=str(file),
        why=why,
        remedy="restore it with `medgraft run`, or import it again as safetensors",
    )
