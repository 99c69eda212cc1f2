from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch

from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.features import read_features
from stages.contracts.prepared import load_prepared
from tests.unit.stages.chain import Chain, hold_nothing, redescribe, tamper


def test_features_are_what_the_frozen_backbone_makes_of_each_case(built: Chain) -> None:
    record, network = load_checkpoint(built.root / "transferred/formula")
    cases = load_prepared(built.root / "prepared/target", ("train", "val"))
    found = read_features(built.root / "features/formula", cases.index["case_id"], record.weights_sha256)
    with torch.inference_mode():
        expected = network.eval().features(torch.from_numpy(cases.images).float()).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_the_test_split_stays_closed(chain: Chain) -> None:
    before = chain.bytes_of("features")
    tamper(chain.root / "prepared/target", "test")
    assert chain.extract() == 0
    assert chain.bytes_of("features") == before
    held = set(json.loads(before["features/formula/features.json"])["case_ids"])
    index = pd.read_parquet(chain.root / "prepared/target/index.parquet")
    assert held == set(index.loc[index["split"] != "test", "case_id"])


def test_images_are_read_batch_by_batch(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_nothing(monkeypatch)
    assert chain.extract() == 0


def test_cases_that_the_network_cannot_take_are_refused(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    redescribe(chain.root / "prepared/target", size=None)
    assert chain.extract() == 10
    assert "resnet10 cannot take these cases" in capsys.readouterr().err


def test_features_follow_the_cases(chain: Chain) -> None:
    before = chain.bytes_of("features")
    tamper(chain.root / "prepared/target", "val")
    assert chain.extract() == 0
    after = chain.bytes_of("features")
    assert after["features/formula/features.safetensors"] != before["features/formula/features.safetensors"]


def test_damaged_cases_end_the_stage_and_leave_the_earlier_features(chain: Chain) -> None:
    before = chain.bytes_of("features")
    for shard in (chain.root / "prepared/target").glob("shard-*"):
        shard.write_bytes(shard.read_bytes()[:100])
    assert chain.extract() == 11
    assert chain.bytes_of("features") == before
