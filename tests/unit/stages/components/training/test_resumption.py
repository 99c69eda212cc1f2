from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from stages.components.networks.checkpoint import tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.components.strategies.choice import train
from stages.components.strategies.trial import Trial
from stages.components.training import resumption as module
from stages.components.training.resumption import Resumption
from stages.contracts.errors import UsageError
from stages.contracts.history import Epoch
from stages.contracts.patch import Patch
from stages.contracts.prepared import PreparedCases
from stages.contracts.resumption import RESUME, SECONDS
from stages.contracts.strategy import StrategyParams
from tests.unit.stages.small import cases_of, network_of, spec_of, trial_of

NOISE = cases_of({"train": (6, 6), "val": (4, 4)}, strength=0)
OUT = Path("artifacts/finetuned/one")
STATE = RESUME / "artifacts/finetuned/one.safetensors"
EPOCHS = 4


class Killed(BaseException):
    """Ends a training where a kill would."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A workspace, in which every epoch is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(SECONDS, "0")
    monkeypatch.setattr(module, "SHARE", 0)
    yield


def carry_out(
    trial: Trial, killed_at: int | None = None, /, **params: object
) -> tuple[str, list[Epoch], str]:
    """Trains from the same start each time; gives digests of the weights, the curve, and of what was said."""

    def report(epoch: Epoch, epochs: int) -> None:
        if epoch.epoch == killed_at:
            raise Killed

    strategy = StrategyParams.model_validate({"kind": "full"} | params)
    done = train(replace(trial, report=report, resumption=Resumption(OUT, "one", strategy)), strategy)
    return (
        weights_of(done.network),
        done.fitted.history,
        tensor_sha256(torch.from_numpy(done.fitted.validation)),
    )


def weights_of(network: GraftNetwork) -> str:
    return " ".join(tensor_sha256(tensor) for tensor in network.state_dict().values())


def kill(trial: Trial, at: int, **params: object) -> None:
    with pytest.raises(Killed):
        carry_out(trial, at, **params)


def masked(cases: PreparedCases) -> PreparedCases:
    """Gives cases a margin, and a mask: where they are bright."""
    images = np.pad(cases.images[:], ((0, 0), (0, 0), (0, 16), (0, 16)), mode="wrap")
    masks = (images[:, 0] > 128).astype(np.uint8)
    facts = cases.preparation.model_copy(update={"task": "segmentation", "classes": ("rest", "bright")})
    return replace(cases, images=images, masks=masks, preparation=facts)


def in_patches(cases: PreparedCases, **recipe: object) -> Trial:
    """Gives a trial of masks, whose network sees a part of an image."""
    cases = masked(cases)
    labels = {"task": "segmentation", "classes": cases.preparation.classes, "patch": Patch(size=(32, 32))}
    network = network_of(0, spec_of(name="resnet10-unet").model_copy(update=labels))
    return trial_of(cases, source=network, **recipe)


KINDS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "gradual unfreezing, averaged": ({"kind": "gradual", "epochs_per_block": 1}, {"ema_decay": 0.9}),
    "pulled to its start": ({"kind": "l2_sp"}, {"balanced_sampling": True}),
    "from scratch, warming up": ({"kind": "scratch"}, {"warmup": 0.8}),
    "its best epoch kept": ({}, {"patience": 5, "learning_rate": 0.01}),
    "masks, in patches": ({}, {"ema_decay": 0.9}),
    "validated now and then": ({}, {"validate_every": 3, "patience": 3}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_goes_on_ends_in_the_same_bits(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    params, recipe = KINDS[kind]

    def trial() -> Trial:
        if kind == "masks, in patches":
            return in_patches(NOISE, epochs=EPOCHS, **recipe)
        return trial_of(NOISE, source=None, epochs=EPOCHS, **recipe)

    undisturbed = carry_out(trial(), **params)
    STATE.unlink(missing_ok=True)
    kill(trial(), 2, **params)
    kill(trial(), 4, **params)
    assert carry_out(trial(), **params) == undisturbed
    said = capsys.readouterr().err
    assert f"one resumed after epoch 1 of {EPOCHS}" in said
    assert f"one resumed after epoch 3 of {EPOCHS}" in said


def test_it_stops_where_it_would_have_stopped() -> None:
    """Patience is counted on over the kill."""

    def trial() -> Trial:
        return trial_of(NOISE, epochs=30, patience=2, learning_rate=0.01)

    undisturbed = carry_out(trial())
    last = len(undisturbed[1])
    assert last < 30
    kill(trial(), last)
    assert carry_out(trial()) == undisturbed


def test_the_state_is_bounded_and_lies_where_git_and_dvc_do_not_look() -> None:
    kill(trial_of(NOISE, epochs=3, ema_decay=0.9, patience=5), 2)
    assert [file for file in Path(RESUME).rglob("*") if file.is_file() and file.suffix] == [STATE]
    assert {(RESUME / name).read_text() for name in (".gitignore", ".dvcignore")} == {"*\n"}
    weights = sum(t.numel() * t.element_size() for t in trial_of(NOISE).network.state_dict().values())
    assert STATE.stat().st_size < 5 * weights + 50_000


def kept(key: str = "key") -> Resumption:
    """Keeps a small state."""
    resumption = Resumption(OUT, "one")
    assert resumption.open(key, 3) is None
    first = Epoch(epoch=1, train_loss=0.1, val_loss=float("inf"), val_score=None)
    resumption.keep([first], {"weight": torch.arange(100.0), "steps": torch.tensor(7)})
    return resumption


def test_what_was_kept_comes_back_to_the_last_bit() -> None:
    kept()
    history, state = Resumption(OUT, "one").open("key", 3) or pytest.fail("nothing was kept")
    assert (history[0].train_loss, history[0].val_loss, history[0].val_score) == (0.1, float("inf"), None)
    assert torch.equal(state["weight"], torch.arange(100.0))
    assert int(state["steps"]) == 7


def test_a_state_of_another_training_is_removed(capsys: pytest.CaptureFixture[str]) -> None:
    kept()
    assert Resumption(OUT, "one").open("another key", 3) is None
    assert "one begins anew" in (said := capsys.readouterr().err)
    assert "have changed since" in said
    assert not STATE.exists()


@pytest.mark.parametrize("damage", ["cut", "one bit", "another format", "empty"])
def test_a_damaged_state_is_ignored_and_removed(damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    kept()
    content = bytearray(STATE.read_bytes())
    content[-100] ^= 1
    damaged: dict[str, bytes | bytearray] = {
        "cut": content[: len(content) // 2],
        "one bit": content,
        "another format": b"\x80\x04.",
        "empty": b"",
    }
    STATE.write_bytes(damaged[damage])
    assert Resumption(OUT, "one").open("key", 3) is None
    assert "begins anew, not from the state of an earlier start: it is damaged" in capsys.readouterr().err
    assert not STATE.exists()


def test_a_state_is_removed_when_the_stage_ends_well_with_what_a_kill_left_of_one() -> None:
    resumption = kept()
    STATE.with_name(STATE.name + ".part").touch()
    resumption.discard()
    assert [file for file in RESUME.rglob("*.safetensors*") if file.is_file()] == []


def test_a_training_shorter_than_the_interval_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECONDS, "30")
    carry_out(trial_of(NOISE, epochs=2))
    assert not Path(RESUME).exists()


def test_without_room_for_its_state_a_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save", refuse)
    resumption = kept()
    assert "one its state is not kept from here on: No space left on device" in capsys.readouterr().err
    assert not STATE.exists()
    assert not resumption.is_due()


def test_keeping_takes_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "SHARE", 50)
    monkeypatch.setattr(module, "save", lambda *_: now.__setitem__(0, now[0] + 2.0) or b"")
    resumption = kept()
    now[0] += 99.0
    assert not resumption.is_due()
    now[0] += 1.0
    assert resumption.is_due()


def test_an_output_outside_the_workspace_has_no_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace").mkdir()
    monkeypatch.chdir(tmp_path / "workspace")
    resumption = Resumption(tmp_path / "elsewhere", "one")
    assert not resumption.is_due()
    resumption.keep([], {})
    resumption.discard()
    assert list(tmp_path.rglob("*.safetensors")) == []


def test_an_interval_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECONDS, "often")
    with pytest.raises(UsageError, match="not a number"):
        Resumption(OUT, "one")


def test_no_training_draws_from_generators_that_no_seed_decides() -> None:
    """They are not in the state, and a draw from them would not be repeatable anyway."""
    random.seed(7)
    np.random.seed(7)
    before = random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist()
    carry_out(in_patches(NOISE, epochs=2))
    after = random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist()
    assert after == before


def test_what_is_written_is_plain_safetensors() -> None:
    kill(trial_of(NOISE, epochs=3), 2)
    with safe_open(STATE, framework="np") as opened:
        assert set(opened.metadata()) == {"progress"}
        assert any(name.startswith("optimiser.0.exp_avg") for name in list(opened.keys()))
