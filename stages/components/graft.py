"""Moves a source's backbone into a target network, and writes down what happened to each tensor.

`monai.networks.utils.copy_model_state` skips a mismatching shape without a word and takes a head
over when the class counts happen to agree; here every tensor has an entry and a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from stages.components.alignment import BY_UNIT, Alignment
from stages.components.checkpoint import tensor_sha256
from stages.components.network import GraftNetwork
from stages.contracts.errors import DataError
from stages.contracts.ledger import Action, Ledger, LedgerEntry, Role


@dataclass(frozen=True)
class Move:
    """One tensor's way: the target's new value and why."""

    action: Action
    value: Tensor | None
    reason: str
    numbers: int = 0
    """Of the target's, those that come from the source."""


_DROPPED = Move("dropped", None, "the target has no tensor of this name")


def graft(
    source_name: str,
    source: dict[str, Tensor],
    target: GraftNetwork,
    min_coverage: float,
    alignment: Alignment | None = None,
) -> Ledger:
    """Gives the target the source's shared layers; its head keeps its own new weights.

    Args:
        source_name: Name of the source, for the ledger and for errors.
        source: The source's tensors, by the names of a `GraftNetwork`.
        target: Changed in place.
        min_coverage: Least share of the backbone's parameters that must come from the source.
        alignment: Of the units, where cases are records.

    Returns:
        The ledger, with the target's tensors in their order and then the dropped ones.

    Raises:
        DataError: If the coverage is below `min_coverage`, naming the tensors left behind.
    """
    state = target.state_dict()
    moves = {name: _move(name, source.get(name), tensor, alignment) for name, tensor in state.items()}
    entries = [_entry(name, source.get(name), state[name], move) for name, move in moves.items()]
    entries += [
        _entry(name, tensor, tensor, _DROPPED) for name, tensor in source.items() if name not in state
    ]
    ledger = Ledger(
        source=source_name,
        entries=tuple(entries),
        backbone_parameters=sum(t.numel() for n, t in state.items() if role_of(n) == "shared"),
        moved_parameters=sum(m.numbers for n, m in moves.items() if role_of(n) == "shared"),
    )
    if ledger.coverage < min_coverage:
        raise _too_little(ledger, min_coverage)
    target.load_state_dict({n: state[n] if m.value is None else m.value for n, m in moves.items()})
    return ledger


def role_of(name: str) -> Role:
    """Tells on which side of the border a tensor lies."""
    roles: dict[str, Role] = {"head": "specific", "scale": "specific", "normalise": "input"}
    return roles.get(name.partition(".")[0], "shared")


def adapt_channels(weight: Tensor, channels: int) -> Tensor | None:
    """Makes a convolution's weight fit another number of input channels.

    To one channel, the weights are summed: a grey image given three times over gives the same output.
    From one channel, they are repeated and divided by the number: again the same output for grey.

    Args:
        weight: Shape (out, in, height, width).
        channels: The number wanted.

    Returns:
        The new weight, or None where no exact rule exists.
    """
    given = weight.shape[1]
    if channels == 1:
        return weight.sum(dim=1, keepdim=True)
    if given == 1:
        return weight.repeat(1, channels, *([1] * (weight.dim() - 2))) / channels
    return None


def _move(name: str, source: Tensor | None, target: Tensor, alignment: Alignment | None) -> Move:
    if role_of(name) == "specific":
        return Move("reinitialised", None, "it belongs to the source's own task")
    if source is None:
        return Move("reinitialised", None, "the source has no tensor of this name")
    if alignment is not None and name in BY_UNIT and not alignment.same:
        moved = target.numel() // len(alignment.places) * alignment.shared
        return Move("adapted", alignment.adapt(name, source, target), alignment.reason, moved)
    if source.shape == target.shape:
        return Move("moved", source.to(target.dtype), "same name and shape", target.numel())
    adapted = _adapted(name, source, target)
    if adapted is not None:
        reason = f"{source.shape[1]} input channels to {target.shape[1]}"
        return Move("adapted", adapted.to(target.dtype), reason, target.numel())
    return Move("reinitialised", None, f"the source's shape is {tuple(source.shape)}")


def _adapted(name: str, source: Tensor, target: Tensor) -> Tensor | None:
    if role_of(name) == "input":
        # One grey channel stands for all: their common mean. Several take the grey one's statistics.
        return source.mean(dim=1, keepdim=True).expand(target.shape).clone()
    if source.dim() != target.dim() or source.dim() < 4 or source.shape[0] != target.shape[0]:
        return None
    if source.shape[2:] != target.shape[2:]:
        return None
    return adapt_channels(source, target.shape[1])


def _entry(name: str, source: Tensor | None, target: Tensor, move: Move) -> LedgerEntry:
    after = None if move.action == "dropped" else tensor_sha256(target if move.value is None else move.value)
    return LedgerEntry(
        name=name,
        shape=tuple(target.shape),
        role=role_of(name),
        action=move.action,
        reason=move.reason,
        sha256_before=None if source is None else tensor_sha256(source),
        sha256_after=after,
    )


def _too_little(ledger: Ledger, min_coverage: float) -> DataError:
    left = [e for e in ledger.entries if e.role == "shared" and e.action == "reinitialised"]
    shown = ", ".join(f"{e.name} ({e.reason})" for e in left[:5])
    return DataError(
        f"the transfer covers {ledger.coverage:.1%} of the backbone, less than {min_coverage:.0%}",
        where=f"source {ledger.source}",
        why=f"{len(left)} tensors stay behind: {shown}" + (", ..." if len(left) > 5 else ""),
        remedy="give the source weights of this very network, or lower transfer.min_coverage knowingly",
    )
