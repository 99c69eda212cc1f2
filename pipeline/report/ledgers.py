"""What became of each source's tensors on the way into the target's network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import get_args

from pipeline.report.number import count
from pipeline.report.places import Places
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.ledger import Action, Ledger, LedgerEntry

ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True)
class Transfer:
    """One source's transfer.

    Attributes:
        source: Name of the source.
        ledger: The ledger; None while the transfer is not computed.
        origin: Where the source's weights come from, in words.
        network: The target's network, in words.
        counts: Tensors by action.
        listed: The tensors that were not simply moved.
        input: What happened to the input, in a sentence.
    """

    source: str
    ledger: Ledger | None
    origin: str = ""
    network: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    listed: tuple[LedgerEntry, ...] = ()
    input: str = ""


def read_transfers(places: Places) -> tuple[Transfer, ...]:
    """Reads the ledger of every source of the grid.

    Raises:
        DataError: If an artifact is damaged.
    """
    return tuple(_read_transfer(places, source) for source in places.grid.sources)


def _read_transfer(places: Places, source: str) -> Transfer:
    folder = places.transferred(source)
    if not folder.is_dir():
        return Transfer(source, None)
    ledger = read_json(Ledger, folder / "ledger.json")
    target = read_json(Checkpoint, folder / RECORD)
    given = places.source(source)
    origin = read_json(Checkpoint, given / RECORD) if given.is_dir() else None
    found = Counter(entry.action for entry in ledger.entries)
    return Transfer(
        source=source,
        ledger=ledger,
        origin=_origin(origin),
        network=_network(target),
        counts=tuple((action, found[action]) for action in ACTIONS),
        listed=tuple(entry for entry in ledger.entries if entry.action != "moved"),
        input=_input(origin, target, ledger),
    )


def _origin(source: Checkpoint | None) -> str:
    if source is None:
        return "not known"
    if source.origin == "imported":
        return "weights trained elsewhere, imported"
    cases = f" on {count(source.training_cases)} cases" if source.training_cases is not None else ""
    return f"trained here{cases}"


def _network(target: Checkpoint) -> str:
    spec = target.network
    if spec.features:
        return f"{spec.params.name}, records of {count(len(spec.features))} values"
    size = " \u00d7 ".join(map(str, spec.image_size))
    unit = "pixels" if spec.dims == 2 else "voxels"
    channels = "channel" if spec.in_channels == 1 else "channels"
    beside = f", and {', '.join(one.name for one in spec.covariates)} beside it" if spec.covariates else ""
    seen = "input" if spec.patch is None else "patches of"
    return f"{spec.params.name}, {seen} {size} {unit}, {spec.in_channels} {channels}{beside}"


def _input(source: Checkpoint | None, target: Checkpoint, ledger: Ledger) -> str:
    if target.network.features:
        entry = next(entry for entry in ledger.entries if entry.role == "input")
        return f"The units of the records: {entry.reason}."
    given = None if source is None else source.network.in_channels
    wanted = target.network.in_channels
    if given is None or given == wanted:
        return f"Not needed: {wanted} input channel{'s' * (wanted != 1)} on both sides."
    shared = (entry for entry in ledger.entries if entry.action == "adapted" and entry.role == "shared")
    adapted = [entry.name for entry in shared if f"{given} input channels" in entry.reason]
    layer = f" in {', '.join(adapted)}" if adapted else ""
    rule = "summed" if wanted == 1 else "repeated and divided by their number"
    return (
        f"{given} input channels to {wanted}: the weights{layer} were {rule}."
        if adapted
        else (f"{given} input channels to {wanted}: see the tensors below.")
    )
