from __future__ import annotations

import pytest

from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.history import read_history
from tests.unit.stages.chain import Chain, hold_nothing, redescribe, tamper


def test_the_checkpoint_says_what_it_is(built: Chain) -> None:
    record = read_json(Checkpoint, built.root / "sources/formula" / RECORD)
    assert (record.origin, record.source, record.strategy) == ("trained", "formula", None)
    assert record.parent_sha256 is None
    assert record.network.classes == ("class-0000", "class-0001", "class-0002")
    assert record.network.image_size == (32, 32)
    assert record.training_cases is not None and 30 < record.training_cases < 60
    assert record.environment is not None and record.environment.precision == "fp32"


def test_the_learning_curve_has_every_epoch(built: Chain) -> None:
    history = read_history(built.root / "histories/formula.csv")
    assert [row.epoch for row in history] == [1, 2]
    assert all(row.val_score is not None for row in history)


def test_the_same_inputs_give_the_same_bytes_and_another_seed_others(chain: Chain) -> None:
    before = chain.bytes_of("sources/formula", "histories/formula.csv")
    assert chain.train_source() == 0
    assert chain.bytes_of("sources/formula", "histories/formula.csv") == before
    chain.params["train_source"]["formula"]["seed"] = 1
    assert chain.train_source() == 0
    after = chain.bytes_of("sources/formula")
    assert all(after[name] != before[name] for name in after)


def test_a_training_that_streams_gives_the_same_bytes(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    before = chain.bytes_of("sources/formula", "histories/formula.csv")
    hold_nothing(monkeypatch)
    chain.params["train_source"]["formula"]["recipe"]["memory_budget_mb"] = 0
    assert chain.train_source() == 0
    assert chain.bytes_of("sources/formula", "histories/formula.csv") == before


def test_what_has_no_labels_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    before = chain.bytes_of("sources/formula")
    redescribe(chain.root / "prepared/formula", task="none")
    assert chain.train_source() == 10
    assert "this version trains on labelled images and records" in capsys.readouterr().err
    assert chain.bytes_of("sources/formula") == before


def test_a_network_of_another_task_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    before = chain.bytes_of("sources/formula")
    chain.params["train_source"]["formula"]["network"] = {"name": "unet", "width": 0.25}
    assert chain.train_source() == 10
    assert "unet gives a class to each pixel" in capsys.readouterr().err
    assert chain.bytes_of("sources/formula") == before


def test_nothing_is_learned_from_validation_cases(chain: Chain) -> None:
    before = chain.bytes_of("sources/formula")
    tamper(chain.root / "prepared/formula", "val")
    assert chain.train_source() == 0
    assert chain.bytes_of("sources/formula") == before


def test_a_diverging_training_leaves_the_earlier_checkpoint(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    before = chain.bytes_of("sources", "histories")
    chain.params["train_source"]["formula"]["recipe"]["learning_rate"] = 1e30
    assert chain.train_source() == 12
    assert "error: the training diverged" in capsys.readouterr().err
    assert chain.bytes_of("sources", "histories") == before


@pytest.mark.parametrize(
    ("key", "value"), [("epochs", "many"), ("epochs", 0), ("epoch", 3), ("precision", "fp8"), ("threads", 0)]
)
def test_a_recipe_that_is_not_valid_is_refused(chain: Chain, key: str, value: object) -> None:
    chain.params["train_source"]["formula"]["recipe"][key] = value
    assert chain.train_source() == 10
