"""Measures training against a stock MONAI loop, a bare PyTorch loop, and a head without cached features.

python benchmarks/training.py [--cases 1024] [--repeats 3] [--threads 1] [--widths 1 0.5 0.25]

All run on the same network and data, in turn, in this process. The stock loop is what MONAI's tutorials show:
a DataLoader over dictionaries, random transforms per image, float32. The bare loop has tensors in memory, the
precision and memory layout of ours, and neither augmentation nor validation, as ours has then.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from stages.components.compute.device import choose_device
from stages.components.networks.network import GraftNetwork, build_network
from stages.components.networks.normalisation import fit_normalisation
from stages.components.prediction.inference import extract_features, laid_out, place
from stages.components.strategies.linear_probe import fit_head
from stages.components.strategies.trial import Trial
from stages.components.training.optimisation import Pace
from stages.components.training.training import fit
from stages.contracts.history import Epoch
from stages.contracts.network import NetworkParams, NetworkSpec
from stages.contracts.preparation import Preparation, PrepareParams
from stages.contracts.prepared import INDEX, PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.strategy import LinearProbeParams

PLAIN = {"rotate": 0, "scale": 0, "shift": 0, "contrast": 0, "brightness": 0}
BATCH = 64
PROBE_EPOCHS = 30


@dataclass(frozen=True)
class Setting:
    """Side of the images in pixels, factor on the network's channels, and CPU threads."""

    side: int
    width: float
    threads: int


def make_cases(count: int, side: int) -> PreparedCases:
    """Draws images of two classes; the last eighth is for validation."""
    draws = np.random.default_rng(side)
    images = draws.integers(0, 256, (count, 1, side, side), dtype=np.uint8)
    labels = draws.integers(0, 2, count)
    images[labels == 1, :, : side // 2] //= 2
    names = [f"case-{number:06d}" for number in range(count)]
    index = pd.DataFrame({
        "case_id": names, "group_id": names, "label": labels, "target": np.array(["no", "yes"])[labels],
        "split": np.where(np.arange(count) < count * 7 // 8, "train", "val"), "shard": 0,
        "row": np.arange(count), "content_sha256": names, "mask_sha256": None,
    }).astype(INDEX)  # fmt: skip
    facts = {"domain": "target", "adapter": "folder", "classes": ("no", "yes"), "patients_known": True}
    preparation = Preparation.model_validate(facts | {"params": PrepareParams(size=(side, side))})
    return PreparedCases(index, images, preparation)


def make_network(cases: PreparedCases, setting: Setting) -> tuple[GraftNetwork, NetworkSpec]:
    """Builds a ResNet-18, with the stem that suits the size."""
    stem = {"stem_kernel": 3} if setting.side < 64 else {}
    params = NetworkParams.model_validate({"name": "resnet18", "width": setting.width} | stem)
    size = (setting.side, setting.side)
    spec = NetworkSpec(params=params, in_channels=1, image_size=size, classes=("no", "yes"))
    return build_network(spec, fit_normalisation(cases.images), 0), spec


def silent(epoch: Epoch, epochs: int) -> None:
    """Says nothing."""


def ours(cases: PreparedCases, setting: Setting, *, augmented: bool, epochs: int = 2) -> float:
    """Trains as a stage does, and gives training images a second."""
    network, _ = make_network(cases, setting)
    recipe = Recipe.model_validate(
        {"epochs": epochs, "batch_size": BATCH, "threads": setting.threads, "validate_every": epochs}
        | ({} if augmented else {"augmentation": PLAIN})
    )
    device = choose_device("auto", setting.threads, network)
    training, nothing = cases.only("train"), cases.take(np.arange(0))
    start = time.perf_counter()
    fit(network, training, nothing, recipe, pace=Pace(), device=device, seed=0, report=silent)
    return epochs * len(training.labels) / (time.perf_counter() - start)


def bare(cases: PreparedCases, setting: Setting, epochs: int = 2) -> float:
    """Trains by hand, on tensors in memory, without augmentation."""
    network, _ = make_network(cases, setting)
    device = choose_device("auto", setting.threads, network)
    training = cases.only("train")
    images, labels = torch.from_numpy(training.images[:]), torch.from_numpy(training.labels)
    start = time.perf_counter()
    place(network, device).train()
    optimiser, loss = torch.optim.AdamW(network.parameters(), fused=True), nn.CrossEntropyLoss()
    for _ in range(epochs):
        order = torch.randperm(len(labels))
        for rows in torch.split(order, BATCH):
            with device.autocast():
                outputs = network(laid_out(images[rows].float()))
            optimiser.zero_grad(set_to_none=True)
            loss(outputs, labels[rows]).backward()
            optimiser.step()
    return epochs * len(labels) / (time.perf_counter() - start)


def stock(cases: PreparedCases, setting: Setting) -> float:
    """Trains as MONAI's tutorials do, in float32, one epoch."""
    from monai import transforms as mt
    from monai.data import DataLoader, Dataset

    torch.set_num_threads(setting.threads)
    network, _ = make_network(cases, setting)
    training = cases.only("train")
    items = [
        {"image": i.astype(np.float32), "label": int(k)}
        for i, k in zip(training.images[:], training.labels, strict=True)
    ]
    chain = mt.Compose(
        [
            mt.ScaleIntensityRanged("image", 0, 255, 0, 255),
            mt.RandRotated("image", 0.17, prob=1),
            mt.RandZoomd("image", prob=1),
            mt.RandFlipd("image", 0.5, 1),
            mt.RandShiftIntensityd("image", 25, prob=1),
        ]
    )
    loader = DataLoader(Dataset(items, chain), batch_size=BATCH, shuffle=True)
    optimiser, loss = torch.optim.AdamW(network.parameters()), nn.CrossEntropyLoss()
    start = time.perf_counter()
    network.train()
    for batch in loader:
        optimiser.zero_grad()
        loss(network(batch["image"].as_tensor()), batch["label"]).backward()
        optimiser.step()
    return len(items) / (time.perf_counter() - start)


def probe(cases: PreparedCases, setting: Setting) -> tuple[float, float, float]:
    """Gives the seconds of features, of a linear probe on them, and of a head through the frozen backbone."""
    network, spec = make_network(cases, setting)
    device = choose_device("auto", setting.threads, network)
    training, validation = cases.only("train"), cases.only("val")
    recipe = Recipe(epochs=1, batch_size=BATCH, threads=setting.threads)
    start = time.perf_counter()
    of_training, of_validation = (
        extract_features(network, part.images, device) for part in (training, validation)
    )
    extracted = time.perf_counter() - start
    trial = Trial(network, spec, training, validation, of_training, of_validation, recipe, device, 0, silent)
    fit_head(trial, LinearProbeParams())
    cached = time.perf_counter() - start - extracted
    start = time.perf_counter()
    plain = recipe.model_copy(update={"augmentation": recipe.augmentation.model_validate(PLAIN)})
    fit(network, training, validation, plain, pace=Pace(backbone=0), device=device, seed=0, report=silent)
    return extracted, cached, PROBE_EPOCHS * (time.perf_counter() - start)


def medians(repeats: int, *runs: Callable[[], float]) -> list[float]:
    """Runs each in turn, several times, and gives the median of each."""
    rounds = [[run() for run in runs] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def compare(setting: Setting, count: int, repeats: int) -> str:
    """Gives a row of the table."""
    cases = make_cases(count, setting.side)
    slow, fast, by_hand, same = medians(
        repeats,
        lambda: stock(cases, setting),
        lambda: ours(cases, setting, augmented=True),
        lambda: bare(cases, setting),
        lambda: ours(cases, setting, augmented=False),
    )
    rates = [f"{rate:.0f}/s" for rate in (slow, fast, by_hand, same)]
    cells = (setting.side, setting.width, *rates[:2], f"{fast / slow:.1f}", *rates[2:])
    return f"| {' | '.join(map(str, cells))} | {by_hand / same - 1:+.1%} |"


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--widths", type=float, nargs="+", default=[1.0, 0.5, 0.25])
    args = parser.parse_args()
    heads = (
        "side",
        "width",
        "stock MONAI",
        "ours",
        "ratio",
        "bare PyTorch",
        "ours, not augmented",
        "overhead",
    )
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for side in (28, 64):
        for width in args.widths:
            print(compare(Setting(side, width, args.threads), args.cases, args.repeats), flush=True)
    extracted, cached, through = probe(make_cases(args.cases, 64), Setting(64, 1.0, args.threads))
    print(f"\nfeatures at 64, once: {extracted:.2f} s; a linear probe on them: {cached:.2f} s")
    print(f"{PROBE_EPOCHS} epochs through the frozen backbone (one measured): {through:.1f} s", end=", ")
    print(f"ratio {through / cached:.0f}, with the features {through / (cached + extracted):.0f}")


if __name__ == "__main__":
    main()
