from __future__ import annotations

import pytest

from stages.components.strategies.choice import train
from stages.components.strategies.gradients import relative_gradient_norms
from stages.contracts.errors import ParamsError
from tests.unit.stages.components.strategies.tried import CASES, digests, moved, run, strategy
from tests.unit.stages.small import copied, plain_device, trial_of

HEAD = {"head.weight", "head.bias"}


@pytest.mark.parametrize(("block", "paths"), [("stem", ("conv1", "bn1")), ("layer2", ("layer2",))])
@pytest.mark.parametrize("batch_norm", ["frozen", "adapt"])
def test_only_the_named_block_and_the_head_move(block: str, paths: tuple[str, ...], batch_norm: str) -> None:
    before, trained = run("surgical", block=block, batch_norm=batch_norm)
    inside = {name for name in before if name.startswith(tuple(f"backbone.{path}." for path in paths))}
    statistics = {name for name in inside if "running" in name or "num_batches" in name}
    expected = inside - statistics if batch_norm == "frozen" else inside
    assert moved(before, trained.network) == HEAD | expected


def test_auto_takes_the_block_of_the_largest_relative_gradient_at_the_probe() -> None:
    probed = run("linear_probe")[1].network
    norms = relative_gradient_norms(probed, CASES.only("train"), plain_device(probed), batch_size=8)
    strongest = max(norms, key=lambda name: norms[name])
    one, same = run("surgical")[1], run("surgical", block=strongest)[1]
    assert digests(one.network) == digests(same.network)
    other = next(name for name in norms if name != strongest)
    assert digests(one.network) != digests(run("surgical", block=other)[1].network)


def shared_moved_by_auto(layer4: float) -> set[str]:
    """Names the blocks that moved where the last one's weights have another size."""
    trial = trial_of(CASES)
    for weight in trial.network.backbone.get_submodule("layer4").parameters():
        weight.data.mul_(layer4)
    trial = trial_of(CASES, source=trial.network)
    before = copied(trial.network)
    train(trial, strategy("surgical"))
    return {name.split(".")[1] for name in moved(before, trial.network) if name.startswith("backbone.")}


def test_auto_chooses_anew_for_another_source() -> None:
    """Weights of next to no size are pulled at most, relative to it."""
    assert shared_moved_by_auto(layer4=1.0) == {"conv1", "bn1"}
    assert shared_moved_by_auto(layer4=0.05) == {"layer4"}


def test_a_block_that_the_network_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(ParamsError, match="no block 'layer9'") as caught:
        run("surgical", block="layer9")
    assert caught.value.why == "its blocks are stem, layer1, layer2, layer3, layer4"
