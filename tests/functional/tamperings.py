"""What somebody could do to a model's files, and the name that an audit must give to it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tests.functional.audited import Audited

RAW, POINTER, FORMULA = "data/raw/target", "data/raw/target.dvc", "data/raw/formula/formula.yaml"
INGESTED, PREPARED = "artifacts/ingested/target", "artifacts/prepared/target"
TRANSFERRED, SOURCE, MODEL = "artifacts/transferred/formula", "artifacts/sources/formula", "artifacts/model"
WEIGHTS, PREDICTIONS = "checkpoint.safetensors", "artifacts/evaluation/predictions.parquet"


@dataclass(frozen=True)
class Tampering:
    """One change, and what an audit has to name.

    Attributes:
        what: For the name of the test.
        do: Makes the change.
        named: Parts of the places that must be among the differences.
    """

    what: str
    do: Callable[[Audited, random.Random], object]
    named: tuple[str, ...]


def flip(path: str) -> Tampering:
    """Turns one bit of a file round."""

    def do(here: Audited, dice: random.Random) -> None:
        data = bytearray(here.file(path).read_bytes())
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        rewrite(here.file(path), bytes(data))

    return Tampering(f"flip a bit of {path}", do, (path,))


def drop(path: str) -> Tampering:
    return Tampering(f"drop {path}", lambda here, _: here.file(path).unlink(), (path,))


def swap(one: str, other: str) -> Tampering:
    def do(here: Audited, _: random.Random) -> None:
        first, second = here.file(one).read_bytes(), here.file(other).read_bytes()
        assert first != second
        rewrite(here.file(one), second)
        rewrite(here.file(other), first)

    return Tampering(f"swap {one} and {other}", do, (one, other))


def rename(path: str, name: str) -> Tampering:
    new = f"{path.rpartition('/')[0]}/{name}"
    return Tampering(f"rename {path}", lambda here, _: here.file(path).rename(here.file(new)), (path,))


def add(path: str) -> Tampering:
    return Tampering(f"add {path}", lambda here, _: here.file(path).write_bytes(b"added"), (path,))


def edit(path: str, old: str, new: str, *named: str) -> Tampering:
    """Replaces a text, once; `old` is a regular expression."""

    def do(here: Audited, _: random.Random) -> None:
        text, count = re.subn(old, new, here.file(path).read_text(), count=1)
        assert count == 1, old
        assert text != here.file(path).read_text()
        rewrite(here.file(path), text.encode())

    return Tampering(f"edit {path}: {old}", do, named or (path,))


def edit_json(path: str, keys: tuple[str | int, ...], value: object) -> Tampering:
    def do(here: Audited, _: random.Random) -> None:
        values: Any = json.loads(here.file(path).read_bytes())
        inner = values
        for key in keys[:-1]:
            inner = inner[key]
        assert inner[keys[-1]] != value
        inner[keys[-1]] = value
        rewrite(here.file(path), (json.dumps(values, indent=2) + "\n").encode())

    return Tampering(f"edit {path}: {'.'.join(map(str, keys))}", do, (path,))


def edit_table(path: str, change: Callable[[pd.DataFrame], pd.DataFrame], what: str) -> Tampering:
    """Writes a valid table of other values."""

    def do(here: Audited, _: random.Random) -> None:
        table = change(pd.read_parquet(here.file(path)))
        here.file(path).unlink()
        table.to_parquet(here.file(path), index=False, compression="zstd")

    return Tampering(f"edit {path}: {what}", do, (path,))


def damage_object(path: str) -> Tampering:
    def do(here: Audited, dice: random.Random) -> None:
        file = here.object(path)
        data = bytearray(file.read_bytes())
        data[dice.randrange(len(data))] ^= 1
        rewrite(file, bytes(data))

    return Tampering(f"flip a bit of the object of {path}", do, (f"{path}: object",))


def drop_object(path: str) -> Tampering:
    return Tampering(
        f"drop the object of {path}", lambda here, _: here.object(path).unlink(), (f"{path}: object",)
    )


def listing_object(out: str, change: Callable[[Path], object], what: str) -> Tampering:
    """Does something to the object that lists a folder."""

    def do(here: Audited, _: random.Random) -> None:
        lock = here.file("dvc.lock").read_text()
        found = re.search(rf"- path: {out}\n\s+hash: md5\n\s+md5: (\w+)\.dir", lock)
        assert found
        md5 = found[1]
        change(here.file(f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}.dir"))

    return Tampering(f"{what} the list of {out}", do, (f"{out}: object",))


def rewrite(file: Path, data: bytes) -> None:
    """Writes a new file in the place of one whose bytes other copies share."""
    file.unlink()
    file.write_bytes(data)


def _moved_case(table: pd.DataFrame) -> pd.DataFrame:
    row = table.index[table["split"] == "test"][0]
    return table.assign(split=table["split"].where(table.index != row, "train"))


def _surer(table: pd.DataFrame) -> pd.DataFrame:
    rows = (table["model"] == "selected") & (table["label"] == 1)
    return table.assign(probability_yes=table["probability_yes"].where(~rows, 0.999))


def tamperings() -> Iterator[Tampering]:
    """Gives every tampering of what stages write and read, and of what records them."""
    yield from _raw()
    yield from _artifacts()
    yield from _weights()
    yield from _scores()
    yield from _cache()
    yield from _graph()


def _raw() -> Iterator[Tampering]:
    yield flip(f"{RAW}/yes/003.png")
    yield drop(f"{RAW}/no/010.png")
    yield swap(f"{RAW}/no/001.png", f"{RAW}/yes/001.png")
    yield rename(f"{RAW}/yes/007.png", "107.png")
    yield add(f"{RAW}/yes/108.png")
    yield flip(FORMULA)
    yield drop(FORMULA)
    yield edit(POINTER, r"md5: \w{8}", "md5: 00000000")


def _artifacts() -> Iterator[Tampering]:
    yield flip(f"{INGESTED}/manifest.parquet")
    yield drop(f"{INGESTED}/manifest.parquet")
    yield swap(f"{INGESTED}/manifest.parquet", "artifacts/ingested/formula/manifest.parquet")
    yield edit_table(f"{INGESTED}/manifest.parquet", _moved_case, "move a test case to the training")
    yield edit_json(f"{INGESTED}/splits.json", ("parts", "test", "groups"), 1)
    yield edit_json(f"{INGESTED}/domain.json", ("patients_known",), True)
    yield edit(f"{INGESTED}/findings.json", r"\n\}", "\n} ")
    yield drop(f"{INGESTED}/examinations.parquet")
    yield flip(f"{PREPARED}/shard-0000.safetensors")
    yield drop(f"{PREPARED}/shard-0001.safetensors")
    yield swap(f"{PREPARED}/shard-0002.safetensors", f"{PREPARED}/shard-0003.safetensors")
    yield rename(f"{PREPARED}/shard-0001.safetensors", "shard-0009.safetensors")
    yield flip(f"{PREPARED}/index.parquet")
    yield flip("artifacts/features/formula/features.safetensors")
    yield edit("artifacts/hints/formula.json", r"\d\.\d", "9.9")
    yield drop("artifacts/histories/formula.csv")


def _weights() -> Iterator[Tampering]:
    for folder in (SOURCE, TRANSFERRED, "artifacts/finetuned/formula-lp_ft-0", f"{MODEL}/models"):
        yield flip(f"{folder}/{WEIGHTS}")
    yield flip(f"artifacts/selected/scratch/0/{WEIGHTS}")
    yield drop(f"{MODEL}/models/{WEIGHTS}")
    yield rename(f"{MODEL}/models/{WEIGHTS}", "weights.safetensors")
    yield swap(f"artifacts/selected/selected/0/{WEIGHTS}", f"artifacts/selected/scratch/0/{WEIGHTS}")
    yield swap(f"{SOURCE}/{WEIGHTS}", f"{TRANSFERRED}/{WEIGHTS}")
    yield edit_json(f"{TRANSFERRED}/checkpoint.json", ("parent_sha256",), "0" * 64)
    yield edit_json(f"{SOURCE}/checkpoint.json", ("environment", "seed"), 7)
    yield edit_json(f"{TRANSFERRED}/ledger.json", ("entries", 0, "sha256_after"), "0" * 64)
    yield edit_json(f"{TRANSFERRED}/ledger.json", ("entries", 0, "action"), "reinitialised")
    yield drop(f"{TRANSFERRED}/ledger.json")
    yield edit_json(f"{MODEL}/medgraft.json", ("threshold",), 0.75)


def _scores() -> Iterator[Tampering]:
    yield flip(PREDICTIONS)
    yield drop(PREDICTIONS)
    yield edit_table(PREDICTIONS, _surer, "surer of the positive cases")
    yield edit_json("artifacts/metrics.json", ("selected", "auroc", "value"), 0.999)
    yield edit_json("artifacts/metrics.json", ("test_cases",), 999)
    yield drop("artifacts/metrics.json")
    yield edit_json("artifacts/selection.json", ("selected", "threshold"), 0.75)
    yield flip("artifacts/evaluation/roc.csv")


def _cache() -> Iterator[Tampering]:
    yield damage_object(f"{MODEL}/models/{WEIGHTS}")
    yield damage_object("artifacts/metrics.json")
    yield damage_object(f"{RAW}/yes/003.png")
    yield drop_object(f"{PREPARED}/shard-0002.safetensors")
    yield drop_object("artifacts/selection.json")
    yield listing_object(MODEL, lambda file: rewrite(file, file.read_bytes()[:-2] + b"]"), "truncate")
    yield listing_object(PREPARED, lambda file: rewrite(file, file.read_bytes() + b" "), "add a space to")
    yield listing_object(INGESTED, Path.unlink, "drop")


def _graph() -> Iterator[Tampering]:
    yield edit("dvc.lock", r"(path: artifacts/metrics.json\n\s+hash: md5\n\s+md5: )\w{8}", r"\g<1>00000000")
    yield edit("dvc.lock", r"--seed 1", "--seed 2", "dvc.lock: finetune")
    yield edit("dvc.lock", r"label_budget: 20", "label_budget: 21", "dvc.lock: ")
    yield edit("dvc.lock", r"size: \d+", "size: 1", "dvc.lock: ")
    yield edit("dvc.lock", r"  package:\n(?:    .*\n)+", "", "dvc.lock: package")
    yield edit("dvc.lock", r"schema: '2.0'", "schema: [")
    yield drop("dvc.lock")
    yield edit("params.yaml", r"label_budget: 20", "label_budget: 200", "params.yaml: finetune.label_budget")
    yield edit("params.yaml", r"epochs: 2", "epochs: 3", "params.yaml: ")
    yield edit("params.yaml", r"threshold: half", "threshold: half\n  ensemble: true", "select.ensemble")
    yield drop("params.yaml")
    yield edit("dvc.yaml", r"python -m stages.evaluate", "python -m stages.assess", "dvc.yaml: evaluate")
    yield edit("dvc.yaml", r"        - data/raw/\$\{item\}\n", "", "dvc.yaml: ingest")
    yield edit("stages/evaluate.py", r"resamples", "resample_s")
    yield drop("stages/components/scores/bootstrap.py")
