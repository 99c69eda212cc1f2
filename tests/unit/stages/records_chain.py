"""A small workspace of two hospitals' tables, each stage run as DVC runs it but in this process."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.contracts.task import Task
from tests.unit.stages.chain import INGEST, RECIPE, Chain

STRATEGIES = ("scratch", "linear_probe", "lp_ft")


def table(rows: int, seed: int, task: Task) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    grade = np.arange(rows) % 3
    label = {"classes": np.where(grade > 0, "ill", "well"), "ordinal": grade, "regression": grade * 10.0}
    age = 40 + 15 * grade + draws.normal(0, 3, rows)
    return pd.DataFrame(
        {
            "who": [f"p{seed}-{row:03d}" for row in range(rows)],
            "age": np.where(draws.random(rows) < 0.1, np.nan, age.round(2)),
            "pain": draws.choice(["typical", "other", "none"], rows),
            "outcome": label[task],
        }
    )


def adapter(task: Task, **columns: Any) -> dict[str, Any]:
    given = {"format": "tabular", "label": "outcome", "id": "who", "columns": columns}
    return given if task == "classes" else given | {"task": task}


def records(root: Path, task: Task) -> Chain:
    """Lays two hospitals out: the source writes pain in numbers, and weighs its patients."""
    chain = Chain(root)
    for domain in ("target", "clinic"):
        (root / "raw" / domain).mkdir(parents=True)
    table(60, 1, task).to_csv(root / "raw/target/t.csv", index=False)
    other = table(90, 2, task).assign(weight=70.0 + np.arange(90) % 7).rename(columns={"age": "years"})
    other["pain"] = other["pain"].map({"typical": 1, "other": 2, "none": 3})
    other.to_csv(root / "raw/clinic/c.csv", index=False)
    recode = {"1": "typical", "2": "other", "3": "none"}
    theirs = adapter(task, pain={"recode": recode}, years={"rename": "age"})
    split, grid = {"val": 0.3, "test": 0.3}, {"trained": ["clinic"], "sources": ["clinic"]}
    network = {"name": "mlp", "width": 0.25}
    chain.params |= {
        "grid": {**chain.params["grid"], "domains": ["target", "clinic"]} | grid,
        "ingest": {
            "target": {**INGEST, "adapter": adapter(task), "split": split},
            "clinic": {**INGEST, "adapter": theirs, "split": {"val": 0.2, "test": 0.0}},
        },
        "prepare": {name: {"size": None, "shards": 2, "threads": 1} for name in ("target", "clinic")},
        "train_source": {"clinic": {"network": network, "recipe": RECIPE | {"epochs": 10}}},
        "transfer": {"min_coverage": 0.5},
        "finetune": RECIPE | {"epochs": 5},
        "select": {},
    }  # fmt: skip
    return chain


def complete(chain: Chain) -> Chain:
    for domain in ("target", "clinic"):
        assert chain.ingest(domain) == chain.prepare(domain) == 0
    assert chain.train_source(source="clinic") == chain.transfer("clinic") == chain.extract("clinic") == 0
    for strategy, seed in itertools.product(STRATEGIES, (0, 1)):
        assert chain.finetune(strategy, seed, "clinic") == 0
    assert chain.select() == chain.evaluate() == chain.package() == 0
    return chain
