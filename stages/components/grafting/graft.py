"""Moves a source's backbone into a target network, and writes down what happened to each tensor.

`monai.networks.utils.copy_model_state` skips a mismatching shape without a word and takes a head
over when the class counts happen to agree; here every tensor has an entry and a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from stages.components.grafting.adaptation import adapt_input, adapt_weight
from stages.components.grafting.alignment import BY_UNIT, Alignment
from stages.components.networks.checkpoint import tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.contracts.errors import DataError
from stages.contracts.ledger import Action, Ledger, LedgerEntry, Role

_OF_TASK = "it belongs to the source's own task"
_SPECIFIC = {"covariates": "the covariates are the target's own"}


@dataclass(frozen=True)
class Move:
    """One tensor's way: on which side of the border it lies, the target's new value, and why."""

    role: Role
    action: Action
    value: Tensor | None
    reason: str
    numbers: int = 0
    """Of the target's, those that come from the source."""


def graft(
    source_name: str,
    source: dict[str, Tensor],
    target: GraftNetwork,
    min_coverage: float,
    *,
    from_segmenter: bool = True,
    alignment: Alignment | None = None,
) -> Ledger:
    """Gives the target the source's shared layers; its head keeps its own new weights.

    Args:
        source_name: Name of the source, for the ledger and for errors.
        source: The source's tensors, by the names of a `GraftNetwork`.
        target: Changed in place.
        min_coverage: Least share of the shared parameters that must come from the source.
        from_segmenter: Whether the source has a decoder. A classifier has none: that of its target then
            is specific, as the head is, and keeps its own new weights.
        alignment: Of the units, where cases are records.

    Returns:
        The ledger, with the target's tensors in their order and then the dropped ones.

    Raises:
        DataError: If the coverage is below `min_coverage`, naming the tensors left behind.
    """
    state = target.state_dict()
    fresh = () if from_segmenter else target.decoder
    moves = {
        name: _move(name, source.get(name), tensor, target, fresh, alignment)
        for name, tensor in state.items()
    }
    entries = [_entry(name, source.get(name), state[name], move) for name, move in moves.items()]
    entries += [
        _entry(name, tensor, tensor, _dropped(name)) for name, tensor in source.items() if name not in state
    ]
    shared = [name for name, move in moves.items() if move.role == "shared"]
    ledger = Ledger(
        source=source_name,
        entries=tuple(entries),
        backbone_parameters=sum(state[name].numel() for name in shared),
        moved_parameters=sum(moves[name].numbers for name in shared),
    )
    if ledger.coverage < min_coverage:
        raise _too_little(ledger, min_coverage)
    target.load_state_dict({n: state[n] if m.value is None else m.value for n, m in moves.items()})
    return ledger


def role_of(name: str) -> Role:
    """Tells on which side of the border a tensor lies; a decoder counts as part of the backbone."""
    roles: dict[str, Role] = dict.fromkeys(("head", "scale", "covariates"), "specific")
    roles["normalise"] = "input"
    return roles.get(name.partition(".")[0], "shared")


def _move(
    name: str,
    source: Tensor | None,
    target: Tensor,
    network: GraftNetwork,
    fresh: tuple[str, ...],
    alignment: Alignment | None,
) -> Move:
    role = role_of(name)
    if role == "specific":
        return Move(role, "reinitialised", None, _SPECIFIC.get(name.partition(".")[0], _OF_TASK))
    if name.startswith(fresh):
        return Move("specific", "reinitialised", None, "a classifier has no decoder to give")
    if source is None:
        return Move(role, "reinitialised", None, "the source has no tensor of this name")
    if alignment is not None and name in BY_UNIT and not alignment.same:
        shared = target.numel() // len(alignment.places) * alignment.shared
        return Move(role, "adapted", alignment.adapt(name, source, target), alignment.reason, shared)
    if source.shape == target.shape:
        return Move(role, "moved", source.to(target.dtype), "same name and shape", target.numel())
    return _reshaped(name, source, target, network)


def _reshaped(name: str, source: Tensor, target: Tensor, network: GraftNetwork) -> Move:
    role = role_of(name)
    if role == "input":
        adapted: tuple[Tensor, str] | None = adapt_input(source, target)
    else:
        layer = network.get_submodule(name.rpartition(".")[0])
        adapted = adapt_weight(source, target, layer, stem=name == _stem(network))
    if adapted is None:
        return Move(role, "reinitialised", None, f"the source's shape is {tuple(source.shape)}")
    return Move(role, "adapted", adapted[0].to(target.dtype), adapted[1], target.numel())


def _dropped(name: str) -> Move:
    return Move(role_of(name), "dropped", None, "the target has no tensor of this name")


def _stem(network: GraftNetwork) -> str:
    """Names the weight of the first convolution; empty for a network that has none."""
    weights = network.backbone.named_parameters("backbone")
    return next((name for name, weight in weights if weight.dim() >= 4), "")


def _entry(name: str, source: Tensor | None, target: Tensor, move: Move) -> LedgerEntry:
    after = None if move.action == "dropped" else tensor_sha256(target if move.value is None else move.value)
    return LedgerEntry(
        name=name,
        shape=tuple(target.shape),
        role=move.role,
        action=move.action,
        reason=move.reason,
        sha256_before=None if source is None else tensor_sha256(source),
        sha256_after=after,
    )


def _too_little(ledger: Ledger, min_coverage: float) -> DataError:
    left = ledger.left_behind
    shown = ", ".join(f"{e.name} ({e.reason})" for e in left[:5])
    return DataError(
        f"the transfer covers {ledger.coverage:.1%} of the backbone, less than {min_coverage:.0%}",
        where=f"source {ledger.source}",
        why=f"{len(left)} tensors stay behind: {shown}" + (", ..." if len(left) > 5 else ""),
        remedy="give the source weights of this very network, or lower transfer.min_coverage knowingly",
    )
