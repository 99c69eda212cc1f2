from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from stages.components.strategies.choice import train
from stages.contracts.history import Epoch
from tests.unit.stages.components.strategies.tried import CASES, run, strategy
from tests.unit.stages.small import copied, trial_of

STEPS = ["head", "layer4", "layer3", "layer2", "layer1", "stem"]


def block(name: str) -> str:
    """Names the block of a tensor."""
    parts = name.split(".")
    return "stem" if parts[1] in ("conv1", "bn1") else parts[0] if parts[0] != "backbone" else parts[1]


def moved_by_epoch(epochs: int, **params: object) -> list[dict[str, set[bool]]]:
    """Tells of each epoch and block whether its tensors, BatchNorm's statistics included, moved in it."""
    trial = trial_of(CASES, epochs=epochs)
    last, found = copied(trial.network), []

    def take(epoch: Epoch, epochs: int) -> None:
        nonlocal last
        now = copied(trial.network)
        moved: dict[str, set[bool]] = {}
        for name, tensor in now.items():
            moved.setdefault(block(name), set()).add(not torch.equal(last[name], tensor))
        found.append(moved)
        last = now

    train(replace(trial, report=take), strategy("gradual", batch_norm="adapt", **params))
    return found


def test_each_epoch_opens_one_more_block_and_the_others_keep_every_bit() -> None:
    for count, moved in enumerate(moved_by_epoch(epochs=7), 1):
        assert moved.pop("normalise") == {False}
        assert moved == {name: {STEPS.index(name) < count} for name in STEPS}


def test_a_phase_may_take_several_epochs_and_what_has_no_turn_stays_frozen() -> None:
    found = moved_by_epoch(epochs=4, epochs_per_block=3)
    opened = [{name for name, moved in blocks.items() if moved == {True}} for blocks in found]
    assert opened == [{"head"}, {"head"}, {"head"}, {"head", "layer4"}]


@pytest.mark.parametrize("batch_norm", ["frozen", "adapt"])
def test_frozen_statistics_stay_even_in_an_open_block(batch_norm: str) -> None:
    before, trained = run("gradual", batch_norm=batch_norm)
    after = trained.network.state_dict()
    name = "backbone.layer4.0.bn1.running_mean"
    assert torch.equal(before[name], after[name]) == (batch_norm == "frozen")
    assert not torch.equal(before["backbone.layer4.0.bn1.weight"], after["backbone.layer4.0.bn1.weight"])
