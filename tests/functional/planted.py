"""Transfers whose outcome is planted: from a source of shuffled labels, and from one of the same task.

The whole chain runs on files, as a user's would, but in this process.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stages import evaluate, select, train_source
from stages.contracts.artifact import read_json
from stages.contracts.scores import Evaluation, Interval, Selection, Verdict
from tests.unit.stages.chain import INGEST, PARAMS, Chain
from tests.unit.stages.raw_images import save_arrays
from tests.unit.stages.small import NETWORK

SOURCES = ("shuffled", "strong")
STRATEGIES = ("scratch", "linear_probe", "full", "lp_ft")
SIDE = 24
CONTRAST = 18  # from scratch, so few labels leave room above and below
TARGET = {"train": 60, "val": 60, "test": 240}
SOURCE = {"train": 600, "val": 20, "test": 20}
BUDGET = {"epochs": 12, "batch_size": 20, "learning_rate": 0.002, "precision": "fp32", "validate_every": 12}


@dataclass(frozen=True)
class Outcome:
    """What became of one source's transfer.

    Attributes:
        seed: Of the data, of both trainings and of the resamples.
        source: Its name.
        strategy: The one that validation chose.
        selected: Test AUROC of the transferred model.
        scratch: Likewise of the control.
        difference: Of the two, paired.
        verdict: What `evaluate` said.
    """

    seed: int
    source: str
    strategy: str
    selected: float
    scratch: float
    difference: Interval
    verdict: Verdict

    @property
    def as_planted(self) -> bool:
        """Whether the verdict is one that this source may get."""
        return (self.verdict == "positive") == (self.source == "strong")


def run_planted(root: Path, seed: int) -> list[Outcome]:
    """Runs both transfers to the same target, from raw data to a verdict.

    Args:
        root: An empty folder.
        seed: Decides everything that is drawn.
    """
    chain = Chain(root)
    chain.params = _params(seed)
    for number, domain in enumerate(("target", *SOURCES)):
        _write(root / "raw" / domain, domain, seed * 10 + number)
        assert chain.ingest(domain) == chain.prepare(domain) == 0
    return [_transfer(chain, source, seed) for source in SOURCES]


def _transfer(chain: Chain, source: str, seed: int) -> Outcome:
    places = {"prepared": f"prepared/{source}", "out": f"sources/{source}"}
    assert chain.run(train_source, source=source, **places, history=f"histories/{source}.csv") == 0
    assert chain.transfer(source) == chain.extract(source) == 0
    for strategy in STRATEGIES:
        assert chain.finetune(strategy, seed, source) == 0
    chain.params["grid"]["sources"] = [source]
    chosen = f"selected-{source}"
    assert chain.run(select, finetuned="finetuned", out=chosen, scores=f"{chosen}.json") == 0
    out, metrics = f"evaluation-{source}", f"metrics-{source}.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stages.components.scores.curves.CURVE_RESAMPLES", 2)  # nobody looks at the bands
        assert chain.run(evaluate, selected=chosen, prepared="prepared/target", out=out, metrics=metrics) == 0
    found = read_json(Evaluation, chain.root / metrics)
    return Outcome(
        seed=seed,
        source=source,
        strategy=read_json(Selection, chain.root / f"{chosen}.json").selected.strategy,
        selected=found.selected["auroc"].value,
        scratch=found.scratch["auroc"].value,
        difference=found.difference["auroc"],
        verdict=found.verdict,
    )


def _params(seed: int) -> dict[str, Any]:
    params = deepcopy(PARAMS)
    domains = ("target", *SOURCES)
    adapter = {"format": "medmnist", "classes": ["no", "yes"]}
    recipe = BUDGET | {"epochs": 8, "batch_size": 50, "learning_rate": 0.003}
    return params | {
        "grid": {
            "domains": [*domains],
            "trained": [*SOURCES],
            "imported": [],
            "sources": [*SOURCES],
            "strategies": [*STRATEGIES],
            "seeds": [seed],
        },
        "ingest": {name: {**INGEST, "adapter": adapter, "thumbnails": 0} for name in domains},
        "prepare": {name: {"size": [SIDE, SIDE], "shards": 1, "threads": 1} for name in domains},
        "train_source": {name: {"network": NETWORK, "recipe": recipe, "seed": seed} for name in SOURCES},
        "finetune": {**BUDGET, "label_budget": None},
        "strategies": {name: {"kind": name} for name in STRATEGIES},
        "evaluate": {"resamples": 1000, "seed": seed, "threads": 1},
    }


def _write(folder: Path, domain: str, seed: int) -> None:
    draws = np.random.default_rng(seed)
    arrays: dict[str, NDArray[np.uint8]] = {}
    for split, count in (TARGET if domain == "target" else SOURCE).items():
        labels = np.arange(count) % 2
        arrays[f"{split}_images"] = _gratings(labels, draws)
        # The images of the shuffled source show what its labels do not say.
        said = draws.permutation(labels) if domain == "shuffled" else labels
        arrays[f"{split}_labels"] = said[:, None].astype(np.uint8)
    folder.mkdir(parents=True)
    save_arrays(arrays, folder / "cases.npz")


def _gratings(labels: NDArray[np.int64], draws: np.random.Generator) -> NDArray[np.uint8]:
    """Draws faint waves on noise; the class is the diagonal along which they run, their phase is chance."""
    down, across = np.mgrid[:SIDE, :SIDE]
    way = np.where(labels == 1, 1, -1)[:, None, None]
    phase = draws.uniform(0, 2 * np.pi, size=(len(labels), 1, 1))
    waves = np.sin((across + way * down) * (2 * np.pi / 7) + phase)
    noise = draws.normal(0, 40, size=waves.shape)
    drawn: NDArray[np.uint8] = np.clip(128 + CONTRAST * waves + noise, 0, 255).astype(np.uint8)
    return drawn
