from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from stages.components.networks.checkpoint import tensor_sha256
from stages.components.networks.network import GraftNetwork
from stages.components.prediction.inference import predict
from stages.components.training.augmentation import augment
from stages.components.training.optimisation import Pace, rate_at
from stages.components.training.seed import generator
from stages.components.training.training import Fitted, as_epoch, fit
from stages.contracts.errors import ParamsError, StageError
from stages.contracts.history import Epoch
from stages.contracts.prepared import PreparedCases, shard_file
from stages.contracts.recipe import Recipe
from stages.contracts.streamed import StreamedRows
from tests.unit.stages.small import cases_of, copied, fresh, network_of, plain_device, quiet, recipe_of
from tests.unit.stages.small_records import mlp_for, records_of

CASES = cases_of({"train": (12, 12), "val": (6, 6)})


def trained(
    network: GraftNetwork,
    pace: Pace | None = None,
    seed: int = 0,
    cases: PreparedCases = CASES,
    **recipe: object,
) -> Fitted:
    return fit(
        network,
        cases.only("train"),
        cases.only("val"),
        recipe_of(**recipe),
        pace=pace or Pace(),
        device=plain_device(network),
        seed=seed,
        report=quiet,
    )


def digests(network: GraftNetwork) -> list[str]:
    return [tensor_sha256(tensor) for tensor in network.state_dict().values()]


def moved(before: dict[str, torch.Tensor], network: GraftNetwork) -> set[str]:
    return {name for name, tensor in network.state_dict().items() if not torch.equal(before[name], tensor)}


def test_an_easy_task_is_learned() -> None:
    fitted = trained(fresh(CASES), epochs=8, learning_rate=0.01)
    assert fitted.history[-1].train_loss < fitted.history[0].train_loss / 2
    assert fitted.history[-1].val_score == 1.0
    assert fitted.validation.shape == (12, 2)


def by_hand(network: GraftNetwork, recipe: Recipe, pace: Pace, seed: int) -> None:
    """Trains as one would write it down for one network and the default recipe."""
    cases = CASES.only("train")
    images, labels = torch.from_numpy(cases.images), torch.from_numpy(cases.labels)
    groups = []
    for side, factor in ((network.backbone, pace.backbone), (network.head, pace.head)):
        rate = recipe.learning_rate * factor
        for matrix, decay in ((True, recipe.weight_decay), (False, 0.0)):
            weights = [w for w in side.parameters() if (w.dim() > 1) == matrix]
            groups.append({"params": weights, "lr": rate, "weight_decay": decay})
    optimiser = torch.optim.AdamW(groups, fused=True)
    steps = recipe.epochs * len(labels) // recipe.batch_size
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: rate_at(s, steps, recipe.warmup))
    order, draws = generator(seed, "order"), generator(seed, "augmentation")
    network.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d) and pace.batch_norm == "frozen":
            module.eval()
    for _ in range(recipe.epochs):
        for rows in torch.split(torch.randperm(len(labels), generator=order), recipe.batch_size):
            batch = augment(images[rows].float(), recipe.augmentation, draws)
            outputs = network(batch.contiguous(memory_format=torch.channels_last))
            optimiser.zero_grad()
            torch.autograd.backward(torch.nn.functional.cross_entropy(outputs, labels[rows]))
            optimiser.step()
            schedule.step()


@pytest.mark.parametrize("pace", [Pace(), Pace(backbone=0.3, batch_norm="frozen"), Pace(0.3, 0.3)])
def test_a_plain_training_has_the_bits_of_a_loop_written_by_hand(pace: Pace) -> None:
    """Whatever else the loop learns to do, it must do nothing of it unless asked."""
    ours, plain = network_of(), network_of()
    trained(ours, pace, seed=3)
    by_hand(plain, recipe_of(), pace, seed=3)
    assert digests(ours) == digests(plain)


def test_the_same_seed_gives_the_same_bits_and_another_one_others() -> None:
    networks = [fresh(CASES) for _ in range(3)]
    runs = [trained(network, seed=seed) for network, seed in zip(networks, (0, 0, 1), strict=True)]
    assert digests(networks[0]) == digests(networks[1]) != digests(networks[2])
    np.testing.assert_array_equal(runs[0].validation, runs[1].validation)
    assert runs[0].history == runs[1].history


def on_disk(cases: PreparedCases, folder: Path) -> PreparedCases:
    """Gives the same cases, to be read from two shards."""
    shards = np.arange(len(cases.index)) % 2
    for shard in range(2):
        save_file({"images": cases.images[shards == shard]}, shard_file(folder, shard))
    files = {shard: shard_file(folder, shard) for shard in range(2)}
    rows = np.arange(len(cases.index)) // 2
    streamed = StreamedRows("images", files, shards, rows, cases.images.shape[1:], cases.images.dtype)
    return replace(cases, images=streamed)


@pytest.mark.parametrize("balanced", [False, True])
def test_cases_on_the_disk_give_the_bits_of_those_in_memory(tmp_path: Path, balanced: bool) -> None:
    streamed = on_disk(CASES, tmp_path)
    networks = [fresh(CASES), fresh(streamed)]
    runs = [
        trained(network, cases=cases, balanced_sampling=balanced)
        for network, cases in zip(networks, (CASES, streamed), strict=True)
    ]
    assert digests(networks[0]) == digests(networks[1])
    np.testing.assert_array_equal(runs[0].validation, runs[1].validation)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_type_in_which_values_are_stored_changes_no_bit(dtype: type) -> None:
    other = replace(CASES, images=CASES.images[:].astype(dtype))
    networks = [fresh(CASES), fresh(other)]
    for network, cases in zip(networks, (CASES, other), strict=True):
        trained(network, cases=cases)
    assert digests(networks[0]) == digests(networks[1])


def test_the_global_generator_does_not_matter() -> None:
    networks = [fresh(CASES), fresh(CASES)]
    for number, network in enumerate(networks):
        torch.manual_seed(number)
        trained(network)
    assert digests(networks[0]) == digests(networks[1])


def test_bf16_is_repeatable_too() -> None:
    networks = [fresh(CASES), fresh(CASES)]
    for network in networks:
        device = plain_device(network)
        bf16 = type(device)(device.name, "bf16", 1)
        recipe = recipe_of(epochs=1)
        fit(
            network,
            CASES.only("train"),
            CASES.only("val"),
            recipe,
            pace=Pace(),
            device=bf16,
            seed=0,
            report=quiet,
        )
    assert digests(networks[0]) == digests(networks[1])


def test_a_frozen_backbone_keeps_every_tensor_and_the_head_learns() -> None:
    network = network_of()
    before = copied(network)
    trained(network, Pace(backbone=0))
    assert moved(before, network) == {"head.weight", "head.bias"}


def test_frozen_statistics_stay_while_the_affine_weights_learn() -> None:
    network = network_of()
    before = copied(network)
    trained(network, Pace(batch_norm="frozen"))
    changed = moved(before, network)
    assert not {name for name in changed if "running" in name or "num_batches" in name}
    assert {name for name, _ in network.named_parameters()} == changed
    assert "backbone.bn1.weight" in changed


def test_adapted_statistics_move() -> None:
    network = network_of()
    before = copied(network)
    trained(network, Pace(batch_norm="adapt"))
    buffers = {name for name in before if "running" in name or "num_batches" in name}
    assert buffers <= moved(before, network)


def test_the_input_statistics_never_move() -> None:
    network = network_of()
    before = copied(network)
    trained(network)
    assert not {name for name in moved(before, network) if name.startswith("normalise.")}


def test_validation_cases_change_no_weight() -> None:
    one, other = fresh(CASES), fresh(CASES)
    trained(one)
    elsewhere = cases_of({"train": (12, 12), "val": (2, 9)})
    trained(other, cases=elsewhere)
    np.testing.assert_array_equal(elsewhere.only("train").images, CASES.only("train").images)
    assert digests(one) == digests(other)


def test_validation_is_due_as_asked_and_at_the_end() -> None:
    history = trained(fresh(CASES), epochs=5, validate_every=2).history
    assert [row.epoch for row in history] == [1, 2, 3, 4, 5]
    assert [row.val_loss is not None for row in history] == [False, True, False, True, True]


def test_how_often_is_validated_changes_no_weight() -> None:
    networks = [fresh(CASES), fresh(CASES)]
    for network, every in zip(networks, (1, 3), strict=True):
        trained(network, epochs=3, validate_every=every)
    assert digests(networks[0]) == digests(networks[1])


@pytest.mark.parametrize("cases", [1, 2, 9, 17])
def test_any_number_of_cases_can_be_trained_on(cases: int) -> None:
    few = cases_of({"train": (cases, 1), "val": (1, 1)})
    assert len(trained(fresh(few), cases=few, batch_size=8).history) == 2


def test_a_training_without_validation_cases_ends() -> None:
    alone = cases_of({"train": (4, 4)})
    fitted = trained(fresh(alone), cases=alone)
    assert fitted.validation.shape == (0, 2)
    assert fitted.history[-1].val_loss is None


def test_each_epoch_is_reported_when_it_ends() -> None:
    seen: list[tuple[int, int]] = []

    def take(epoch: Epoch, epochs: int) -> None:
        seen.append((epoch.epoch, epochs))

    network = fresh(CASES)
    fit(
        network,
        CASES.only("train"),
        CASES.only("val"),
        recipe_of(epochs=3),
        pace=Pace(),
        device=plain_device(network),
        seed=0,
        report=take,
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_training_that_diverges_is_ended_with_a_remedy() -> None:
    with pytest.raises(StageError, match="diverged") as caught:
        trained(fresh(CASES), learning_rate=1e30, warmup=0)
    assert "lower the recipe's learning_rate, which is 1e+30" in caught.value.remedy


def test_class_weights_change_what_is_learned() -> None:
    torn = cases_of({"train": (20, 4), "val": (4, 4)})
    networks = [fresh(torn), fresh(torn)]
    for network, weighted in zip(networks, (False, True), strict=True):
        trained(network, cases=torn, class_weights=weighted)
    assert digests(networks[0]) != digests(networks[1])


NOISE = cases_of({"train": (12, 12), "val": (12, 12)}, strength=0)
"""Nothing can be learned of these but the cases themselves: the validation loss rises."""


def snapshots(recipe: Recipe) -> tuple[list[dict[str, torch.Tensor]], GraftNetwork, Fitted]:
    """Gives the tensors after each epoch, and what the training ended with."""
    network, seen = fresh(NOISE), []
    fitted = fit(
        network,
        NOISE.only("train"),
        NOISE.only("val"),
        recipe,
        pace=Pace(),
        device=plain_device(network),
        seed=0,
        report=lambda epoch, epochs: seen.append(copied(network)),
    )
    return seen, network, fitted


def test_a_patient_training_ends_early_with_the_weights_of_its_best_epoch() -> None:
    seen, network, fitted = snapshots(recipe_of(epochs=12, learning_rate=0.01, patience=2))
    losses = [epoch.val_loss for epoch in fitted.history]
    best = int(np.argmin(np.array(losses, dtype=float)))
    assert len(losses) == best + 3 < 12
    assert not moved(seen[best], network)
    assert moved(seen[-1], network)
    expected = predict(network, NOISE.only("val").images, plain_device(network))
    np.testing.assert_array_equal(fitted.validation, expected)


def test_without_an_early_end_patience_changes_nothing_before_the_best_epoch() -> None:
    plain, _, _ = snapshots(recipe_of(epochs=3))
    patient, network, fitted = snapshots(recipe_of(epochs=3, patience=9))
    for one, other in zip(plain, patient, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)
    best = int(np.argmin(np.array([epoch.val_loss for epoch in fitted.history], dtype=float)))
    assert not moved(patient[best], network)


def test_averaged_weights_are_validated_and_kept_and_do_not_change_the_training() -> None:
    plain, _, _ = snapshots(recipe_of(epochs=2))
    inner, network, fitted = snapshots(recipe_of(epochs=2, ema_decay=0.9))
    assert all(torch.equal(plain[-1][name], inner[-1][name]) for name in plain[-1])
    assert {name for name, _ in network.named_parameters()} <= moved(plain[-1], network)
    expected = predict(network, NOISE.only("val").images, plain_device(network))
    np.testing.assert_array_equal(fitted.validation, expected)


def test_a_frozen_backbone_keeps_every_bit_in_the_average_too() -> None:
    network = network_of()
    before = copied(network)
    trained(network, Pace(backbone=0), ema_decay=0.9, patience=1)
    assert moved(before, network) == {"head.weight", "head.bias"}


def test_balanced_sampling_finds_the_rare_class_more_often() -> None:
    torn = cases_of({"train": (28, 4), "val": (0, 20)}, strength=8)
    called = []
    for balanced in (False, True):
        fitted = trained(fresh(torn), cases=torn, epochs=4, balanced_sampling=balanced)
        called.append(fitted.validation[:, 1].mean())
    assert called[1] > called[0] + 0.1


def test_an_epoch_without_validation_has_no_figures_of_it() -> None:
    row = as_epoch(3, 0.5, None)
    assert (row.val_loss, row.val_score) == (None, None)


def test_records_are_learned_and_the_same_seed_gives_the_same_bits() -> None:
    cases = records_of({"train": 60, "val": 20})
    networks = [mlp_for(cases.only("train"), dropout=0.1)[1] for _ in range(2)]
    runs = [trained(network, cases=cases, epochs=20, learning_rate=0.02) for network in networks]
    assert runs[0].history[-1].val_score is not None and runs[0].history[-1].val_score > 0.8
    assert digests(networks[0]) == digests(networks[1])


def test_records_are_not_augmented() -> None:
    cases = records_of({"train": 8, "val": 4})
    with pytest.raises(ParamsError, match="records take no `augmentation`"):
        trained(mlp_for(cases)[1], cases=cases, augmentation={"rotate": 5})
