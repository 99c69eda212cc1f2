from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from stages.components.compute.device import choose_device
from stages.components.compute.processes import Processes, joined
from stages.components.training import resumption as module
from stages.components.training.augmentation import augment
from stages.components.training.optimisation import Pace
from stages.components.training.resumption import Resumption
from stages.components.training.sharing import require_shareable
from stages.components.training.training import Report, fit
from stages.contracts.errors import MedgraftError, ParamsError, UsageError
from stages.contracts.history import Epoch
from stages.contracts.recipe import Recipe
from stages.contracts.resumption import RESUME, SECONDS
from tests.unit.stages.components.members import start_members, statuses
from tests.unit.stages.small import cases_of, fresh, quiet, recipe_of

CASES = cases_of({"train": (10, 9), "val": (3, 3)})
"""With batches of 8 the last one of an epoch has 3 cases: 1 for the one process, 2 for the other."""

TOLERANCE = 0.01
"""Of the way that each tensor goes in six steps of AdamW: sums in another order, and their rounding."""


def train(
    name: str,
    seeds: tuple[int, ...] = (0,),
    resumption: Resumption | None = None,
    report: Report = quiet,
) -> None:
    """Trains in the current folder, with whoever else was started."""
    with joined() as processes:
        network = fresh(CASES, seeds[min(processes.rank, len(seeds) - 1)])
        fitted = fit(
            network,
            CASES.only("train"),
            CASES.only("val"),
            recipe_of(),
            pace=Pace(),
            device=choose_device("fp32", 1, network),
            seed=0,
            report=report,
            resumption=resumption,
        )
    state = {key: tensor.contiguous() for key, tensor in network.state_dict().items()}
    losses = torch.tensor([epoch.train_loss for epoch in fitted.history])
    save_file(state | {"losses": losses}, f"{name}-{processes.rank}.safetensors")


def train_or_say(name: str, seeds: tuple[int, ...]) -> None:
    try:
        train(name, seeds)
    except MedgraftError as error:
        Path(f"{name}-{os.environ['RANK']}.txt").write_text(str(error))


def test_two_processes_train_what_one_does_with_the_same_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = start_members(2, train, "two", folder=tmp_path)
    monkeypatch.chdir(tmp_path)
    train("one")
    assert statuses(members) == [0, 0]
    one, first, second = (load_file(f"{name}.safetensors") for name in ("one-0", "two-0", "two-1"))
    assert all(torch.equal(first[key], second[key]) for key in first), "both end with the same bits"
    assert set(one) == set(first)
    start = fresh(CASES).state_dict()
    for key in one:
        way = (one[key] - start.get(key, 0)).float().norm()
        apart = (one[key] - first[key]).float().norm()
        assert apart <= TOLERANCE * way, f"{key}: {apart / way:.1e} of its way"
        assert way or "normalise" in key, f"{key} has not moved"


def train_and_keep(name: str, killed_at: int | None) -> None:
    """Trains as `train` does, keeps every epoch, and is killed in one."""

    def report(epoch: Epoch, epochs: int) -> None:
        if epoch.epoch == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    os.environ[SECONDS], module.SHARE = "0", 0
    train(name, (0,), Resumption(Path("artifacts/sources/shared"), "shared"), report)


def test_a_training_that_two_processes_share_goes_on_after_a_kill_to_the_same_bits(tmp_path: Path) -> None:
    assert statuses(start_members(2, train, "undisturbed", folder=tmp_path)) == [0, 0]
    ends = statuses(start_members(2, train_and_keep, "killed", 2, folder=tmp_path))
    assert -signal.SIGKILL in ends and 0 not in ends
    assert list((tmp_path / RESUME).rglob("*.safetensors"))
    assert not list(tmp_path.glob("killed-*"))
    assert statuses(start_members(2, train_and_keep, "resumed", None, folder=tmp_path)) == [0, 0]
    for rank in range(2):
        once, again = (
            load_file(tmp_path / f"{name}-{rank}.safetensors") for name in ("undisturbed", "resumed")
        )
        assert set(once) == set(again)
        assert all(torch.equal(once[key], again[key]) for key in once)


def test_processes_that_do_not_start_from_the_same_are_stopped(tmp_path: Path) -> None:
    members = start_members(2, train_or_say, "other", (0, 1), folder=tmp_path)
    assert statuses(members) == [0, 0]
    assert not list(tmp_path.glob("*.safetensors"))
    for rank in range(2):
        assert "do not start from the same" in (tmp_path / f"other-{rank}.txt").read_text()


def test_parts_are_the_whole_batch_and_have_the_draws_of_it() -> None:
    images, recipe = torch.from_numpy(CASES.images[:7]).float(), recipe_of()
    whole = augment(images, recipe.augmentation, torch.Generator().manual_seed(1))
    parts = [Processes(3, rank).part(7) for rank in range(3)]
    assert sum(part.share for part in parts) == pytest.approx(1)
    drawn = [
        augment(images[part.rows], recipe.augmentation, torch.Generator().manual_seed(1), part)
        for part in parts
    ]
    torch.testing.assert_close(torch.cat(drawn), whole)


@pytest.mark.parametrize(
    ("task", "recipe", "pace", "cases"),
    [
        ("ordinal", {}, Pace(), 16),
        ("classes", {"class_weights": True}, Pace(), 16),
        ("classes", {}, Pace(of_features=True), 16),
        ("classes", {}, Pace(), 10),  # the last batch has two cases, for three processes
    ],
)
def test_what_would_come_out_otherwise_is_refused(task, recipe, pace, cases) -> None:  # type: ignore[no-untyped-def]
    chosen: Recipe = recipe_of(**recipe)
    with pytest.raises(ParamsError):
        require_shareable(Processes(3, 1), task, chosen, pace, cases)
    require_shareable(Processes(), task, chosen, pace, cases)
    require_shareable(Processes(3, 1), "segmentation", recipe_of(), Pace(), 16)


def test_a_stage_that_was_started_twice_and_does_not_share_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError):
        require_shareable(Processes(), "classes", recipe_of(), Pace(), 16)
