"""A whole small workspace, each stage run as DVC runs it but in this process."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML
from safetensors.numpy import load_file, save_file

from stages import (
    evaluate,
    extract,
    finetune,
    hint,
    ingest,
    package,
    prepare,
    select,
    train_source,
    transfer,
)
from stages.contracts.errors import guarded
from stages.contracts.prepared import PreparedCases
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import NETWORK, SIDE, striped

RECIPE = {"epochs": 2, "batch_size": 8, "learning_rate": 0.002, "precision": "fp32"}
INGEST = {"min_cases_per_class": 2, "near_duplicate_bits": None, "threads": 1}
PARAMS: dict[str, Any] = {
    "grid": {
        "domains": ["target", "formula"],
        "trained": ["formula"],
        "imported": [],
        "sources": ["formula"],
        "strategies": ["scratch", "linear_probe", "lp_ft"],
        "seeds": [0, 1],
        "budgets": [],
        "searched": [],
    },
    "ingest": {
        "target": {**INGEST, "adapter": "folder", "split": {"val": 0.3, "test": 0.3}},
        "formula": {**INGEST, "adapter": "formula", "split": {"val": 0.2, "test": 0.0}},
    },
    "prepare": {
        "target": {"size": [SIDE, SIDE], "shards": 4, "threads": 1},
        "formula": {"size": [SIDE, SIDE], "shards": 4, "threads": 1},
    },
    "train_source": {"formula": {"network": NETWORK, "recipe": RECIPE}},
    "import_source": {},
    "transfer": {},
    "extract": {"precision": "fp32"},
    "hint": {},
    "finetune": {**RECIPE, "label_budget": 20},
    "strategies": {
        "scratch": {"kind": "scratch"},
        "linear_probe": {"kind": "linear_probe"},
        "lp_ft": {"kind": "lp_ft"},
    },
    "select": {"positive": "yes"},
    "evaluate": {"resamples": 100, "threads": 1},
    "package": {"description": "Tells narrow stripes from wide ones."},
    "run": {},
}
FORMULA = "classes: 3\nimages_per_class: 20\nsize: 32\npoints: 500\n"


def raw_target(root: Path, per_class: int = 30, strength: int = 14) -> Path:
    """Writes a folder of PNG images per class."""
    for label, name in enumerate(("no", "yes")):
        for number in range(per_class):
            save(striped(1000 * label + number, label, strength), root / name / f"{number:03d}.png")
    return root


class Chain:
    """A workspace in which every stage can be run; `run` gives the stage's exit code."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.params: dict[str, Any] = deepcopy(PARAMS)

    def copy(self, root: Path) -> Chain:
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        other = Chain(root)
        other.params = deepcopy(self.params)
        return other

    def run(self, stage: ModuleType, **arguments: object) -> int:
        with (self.root / "params.yaml").open("w") as file:
            YAML().dump(self.params, file)
        words = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.root)
            patch.delenv("MEDGRAFT_PREVIOUS", raising=False)
            patch.setattr(sys, "argv", [stage.__name__, *words])
            return guarded(stage.main)

    def ingest(self, domain: str) -> int:
        return self.run(ingest, domain=domain, raw=f"raw/{domain}", out=f"ingested/{domain}")

    def prepare(self, domain: str) -> int:
        return self.run(
            prepare,
            domain=domain,
            raw=f"raw/{domain}",
            ingested=f"ingested/{domain}",
            out=f"prepared/{domain}",
        )

    def train_source(self, out: str | None = None, source: str = "formula") -> int:
        return self.run(
            train_source,
            source=source,
            prepared=f"prepared/{source}",
            out=out or f"sources/{source}",
            history=f"histories/{source}.csv",
        )

    def transfer(self, source: str = "formula") -> int:
        return self.run(
            transfer, source=f"sources/{source}", prepared="prepared/target", out=f"transferred/{source}"
        )

    def extract(self, source: str = "formula") -> int:
        return self.run(
            extract, transferred=f"transferred/{source}", prepared="prepared/target", out=f"features/{source}"
        )

    def hint(self, source: str = "formula") -> int:
        return self.run(
            hint,
            source=f"sources/{source}",
            transferred=f"transferred/{source}",
            features=f"features/{source}",
            prepared="prepared/target",
            out=f"hints/{source}.json",
        )

    def finetune(
        self,
        strategy: str,
        seed: int,
        source: str = "formula",
        out: str | None = None,
        budget: str | None = None,
        rung: str | None = None,
    ) -> int:
        name = f"{source}-{strategy}-{seed}" if budget is None else f"{budget}-{source}-{strategy}-{seed}"
        return self.run(
            finetune,
            **({} if budget is None else {"budget": budget}),
            **({} if rung is None else {"rung": rung}),
            strategy=strategy,
            seed=seed,
            transferred=f"transferred/{source}",
            features=f"features/{source}",
            prepared="prepared/target",
            out=out or f"finetuned/{name}",
            history=f"histories/{name}.csv",
        )

    def select(self) -> int:
        return self.run(select, finetuned="finetuned", out="selected", scores="selection.json")

    def evaluate(self) -> int:
        return self.run(
            evaluate,
            selected="selected",
            prepared="prepared/target",
            out="evaluation",
            metrics="metrics.json",
        )

    def package(self) -> int:
        return self.run(
            package, selected="selected", metrics="metrics.json", prepared="prepared/target", out="model"
        )

    def bytes_of(self, *places: str) -> dict[str, bytes]:
        files = [self.root / place for place in places]
        found = [f for place in files for f in ([place] if place.is_file() else sorted(place.rglob("*")))]
        return {str(f.relative_to(self.root)): f.read_bytes() for f in found if f.is_file()}


def build(root: Path) -> Chain:
    """Runs the whole chain."""
    chain = Chain(root)
    raw_target(root / "raw" / "target")
    return complete(chain)


def complete(chain: Chain) -> Chain:
    """Runs all stages of a chain that has a raw target."""
    raw = chain.root / "raw" / "formula"
    raw.mkdir(parents=True)
    (raw / "formula.yaml").write_text(FORMULA)
    for domain in ("target", "formula"):
        assert chain.ingest(domain) == 0
        assert chain.prepare(domain) == 0
    assert chain.train_source() == chain.transfer() == chain.extract() == chain.hint() == 0
    for strategy, seed in itertools.product(chain.params["grid"]["strategies"], (0, 1)):
        assert chain.finetune(strategy, seed) == 0
    assert chain.select() == chain.evaluate() == chain.package() == 0
    return chain


def hold_nothing(patch: pytest.MonkeyPatch) -> None:
    """Makes it an error to read all images of a split into memory."""

    def refuse(cases: PreparedCases) -> PreparedCases:
        raise AssertionError("the images are held in memory")

    patch.setattr(PreparedCases, "in_memory", refuse)


def redescribe(prepared: Path, task: str = "classes", **params: object) -> None:
    """Makes prepared cases say that they are of another kind; the shards stay."""
    file = prepared / "preparation.json"
    record = json.loads(file.read_text())
    file.write_text(json.dumps(record | {"task": task, "params": record["params"] | params}))


def tamper(prepared: Path, *splits: str) -> None:
    """Inverts the images of some splits and turns their labels round; every other byte stays."""
    index = pd.read_parquet(prepared / "index.parquet")
    touched = index["split"].isin(splits)
    for shard, rows in index[touched].groupby("shard"):
        file = prepared / f"shard-{int(str(shard)):04d}.safetensors"
        images = load_file(file)["images"]
        images[rows["row"]] = 255 - images[rows["row"]]
        save_file({"images": images}, file)
    index.loc[touched, "label"] = index["label"].max() - index.loc[touched, "label"]
    index.to_parquet(prepared / "index.parquet", index=False)
