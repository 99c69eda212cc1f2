"""Params that are not valid, and what happens between two stages or two runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial

import pandas as pd

from tests.unit.stages.bad_input.images import VICTIM
from tests.unit.stages.bad_input.kind import Kind, nothing
from tests.unit.stages.raw_images import picture, save
from tests.unit.stages.runs import Workspace


def output(name: str, data: bytes | None = b"damaged") -> Callable[[Workspace], None]:
    """Damages a file that ingestion wrote, or takes it away."""

    def spoil(workspace: Workspace) -> None:
        file = workspace.root / "ingested" / name
        file.unlink() if data is None else file.write_bytes(data)

    return spoil


def without_a_column(workspace: Workspace) -> None:
    file = workspace.root / "ingested" / "manifest.parquet"
    pd.read_parquet(file).drop(columns="label").to_parquet(file)


def of_other_types(workspace: Workspace) -> None:
    file = workspace.root / "ingested" / "manifest.parquet"
    pd.read_parquet(file).assign(fold="first").to_parquet(file)


def earlier(stage: str, name: str, data: bytes | None = b"damaged") -> Callable[[Workspace], None]:
    """Names an earlier output to the stage, as the broker does, one file of which is damaged."""

    def spoil(workspace: Workspace) -> None:
        kept = workspace.root / "kept"
        shutil.copytree(workspace.root / stage, kept / stage)
        (kept / stage / name).write_bytes(data or b"")
        workspace.previous(kept)

    return spoil


def changed(workspace: Workspace) -> None:
    save(picture(777), workspace.raw / VICTIM)


params = partial(Kind, spoil=nothing, code=10)
preparing = partial(Kind, code=11, stage="prepare")
KINDS = (
    params("unknown key", params={"treads": 2}),
    params("unknown adapter", params={"adapter": "foldr"}),
    params("unknown option of an adapter", params={"adapter": {"format": "folder", "sheet": 1}}),
    params("value of a wrong type", params={"threads": "many"}),
    params("value out of range", params={"near_duplicate_bits": 65}),
    params("splits that leave nothing to train on", params={"split": {"val": 0.6, "test": 0.5}}),
    params("class named twice", params={"adapter": {"format": "folder", "classes": ["no", "yes", "no"]}}),
    params("unknown key, when preparing", stage="prepare", params={"sise": [8, 8]}),
    params("size of 0, when preparing", stage="prepare", params={"size": [0, 8]}),
    preparing("raw image that changed after ingestion", changed, cases=(VICTIM,)),
    preparing(
        "raw image that vanished after ingestion", lambda w: (w.raw / VICTIM).unlink(), cases=(VICTIM,)
    ),
    preparing("no manifest", output("manifest.parquet", None)),
    preparing("damaged manifest", output("manifest.parquet")),
    preparing("manifest without a column", without_a_column),
    preparing("manifest with a column of another type", of_other_types),
    preparing("damaged domain.json", output("domain.json")),
    preparing("damaged adapter.json", output("adapter.json", b'{"adapter": {"format": "foldr"}}')),
    *(
        Kind(f"damaged {name} of an earlier output (it is made anew)", earlier("ingested", name))
        for name in ("manifest.parquet", "examinations.parquet", "seal.json")
    ),
    *(
        Kind(
            f"damaged {name} of an earlier output (it is made anew)",
            earlier("prepared", name),
            stage="prepare",
        )
        for name in ("index.parquet", "shards.json", "shard-0000.safetensors")
    ),
)
