from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from stages.components.training import training_key as module
from stages.components.training.training_key import training_key
from stages.contracts.prepared import PreparedCases, shard_file
from stages.contracts.streamed import StreamedRows
from tests.unit.stages.small import cases_of, network_of, plain_device, recipe_of

CASES = cases_of({"train": (2, 2), "val": (1, 1)})


def key(
    cases: PreparedCases = CASES, facts: str = "facts", network: int = 0, seed: int = 0, **recipe: object
) -> str:
    chosen = network_of(network)
    parts = (cases.only("train"), cases.only("val"))
    device = plain_device(chosen)
    return training_key(facts, chosen, parts, recipe_of(**recipe), device=device, seed=seed)


def with_pixel(place: int) -> PreparedCases:
    images = CASES.images[:].copy()
    images[place, 0, 0, 0] ^= 1
    return replace(CASES, images=images)


def with_label(place: int) -> PreparedCases:
    labels = CASES.labels
    labels[place] = 1 - labels[place]
    return replace(CASES, index=CASES.index.assign(label=labels))


def test_everything_that_decides_the_result_is_in_the_key() -> None:
    facts = CASES.preparation.model_copy(update={"patients_known": False})
    masks = np.zeros((6, 32, 32), np.uint8)
    others = {
        "nothing": key(),
        "facts": key(facts="others"),
        "weights": key(network=1),
        "seed": key(seed=1),
        "recipe": key(label_smoothing=0.1),
        "a pixel in training": key(with_pixel(0)),
        "a pixel in validation": key(with_pixel(5)),
        "a label": key(with_label(0)),
        "preparation": key(replace(CASES, preparation=facts)),
        "masks": key(replace(CASES, masks=masks)),
    }
    assert len(set(others.values())) == len(others)
    assert key() == others["nothing"]


def test_a_line_of_code_is_in_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = key()
    (tmp_path / "code.py").write_text("# another line\n")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "code.py"))
    assert key() != before


def test_cases_on_the_disk_are_known_by_their_files(tmp_path: Path) -> None:
    file = shard_file(tmp_path, 0)
    save_file({"images": CASES.images[:]}, file)
    zeros = np.zeros(len(CASES.index), np.int64)
    rows = StreamedRows("images", {0: file}, zeros, np.arange(len(zeros)), (1, 32, 32), np.dtype(np.uint8))
    cases = replace(CASES, images=rows)
    before = key(cases)
    assert key(cases) == before
    os.utime(file, ns=(1, 1))
    assert key(cases) != before
