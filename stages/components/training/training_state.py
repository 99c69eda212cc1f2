"""All of a training that changes from step to step, as named tensors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stages.components.networks.network import GraftNetwork
from stages.components.training.averaging import MovingAverage

State = dict[str, Tensor]


def part_of(state: State, prefix: str) -> State:
    """Gives the tensors whose names begin so, without that."""
    return {name[len(prefix) :]: tensor for name, tensor in state.items() if name.startswith(prefix)}


@dataclass(frozen=True)
class Moving:
    """What moves in a training.

    The order of the cases is not here: it is drawn again from its seed. Nothing draws from the generators of
    Python and NumPy, which no seed decides.

    Attributes:
        network: The network in training.
        average: Of its steps, where one is kept.
        optimiser: An AdamW.
        schedule: Of its learning rates.
        draws: Generators of patches and augmentation.
    """

    network: GraftNetwork
    average: MovingAverage | None
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LambdaLR
    draws: tuple[torch.Generator, ...]

    def state(self) -> State:
        """Gives the state after a step."""
        state = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        if self.average is not None:
            state |= {f"average.{name}": tensor for name, tensor in self.average.state().items()}
        for number, weight in enumerate(self._weights()):
            moments = self.optimiser.state.get(weight, {})  # none before a block is opened
            state |= {f"optimiser.{number}.{name}": tensor for name, tensor in moments.items()}
        state["schedule.rates"] = torch.tensor(self.schedule.get_last_lr(), dtype=torch.float64)
        state["schedule.steps"] = torch.tensor(self.schedule.last_epoch)
        state |= {f"draws.{number}": draw.get_state() for number, draw in enumerate(self.draws)}
        return state | {f"random.{name}": drawn for name, drawn in _random_states().items()}

    def restore(self, state: State) -> None:
        """Goes back to a state."""
        self.network.load_state_dict(part_of(state, "network."))
        if self.average is not None:
            self.average.restore(part_of(state, "average."))
        for number, weight in enumerate(self._weights()):
            moments = part_of(state, f"optimiser.{number}.")
            if moments:
                self.optimiser.state[weight] = {k: _laid_as(weight, t) for k, t in moments.items()}
        rates: list[float] = state["schedule.rates"].tolist()
        steps = int(state["schedule.steps"])
        moved = {"last_epoch": steps, "_step_count": steps + 1, "_last_lr": rates}
        self.schedule.load_state_dict(self.schedule.state_dict() | moved)
        for group, rate in zip(self.optimiser.param_groups, rates, strict=True):
            group["lr"] = rate
        for number, draw in enumerate(self.draws):
            draw.set_state(state[f"draws.{number}"])
        _set_random_states(part_of(state, "random."))

    def _weights(self) -> list[Tensor]:
        return [weight for group in self.optimiser.param_groups for weight in group["params"]]


def _laid_as(weight: Tensor, moment: Tensor) -> Tensor:
    """Gives a moment the layout in memory of its weight: the fused AdamW walks through both side by side."""
    if moment.shape != weight.shape:
        return moment.to(weight.device)
    return torch.empty_like(weight, requires_grad=False).copy_(moment)


def _random_states() -> State:
    """Gives the states of torch's own generators, from which dropout draws."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    elif torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def _set_random_states(states: State) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"])
    if "mps" in states:
        torch.mps.set_rng_state(states["mps"])
