"""Two packaged models on the same test cases."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from stages import compare as module
from stages.compare import Contender, compare
from stages.contracts.artifact import read_json, write_json
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.comparison import ModelComparison
from stages.contracts.errors import DataError, ParamsError, guarded
from stages.contracts.model import RECORD, Model
from stages.contracts.prepared import open_prepared
from tests.unit.stages.chain import Chain


def contender(chain: Chain, folder: str = "model", prepared: str = "prepared/target") -> Contender:
    place = chain.root / folder
    return Contender(place, read_json(Model, place / RECORD), open_prepared(chain.root / prepared, ("test",)))


def scratch_model(chain: Chain, **changes: object) -> Contender:
    """Packs a network that was trained from scratch, so that there is another model."""
    place = chain.root / "other"
    shutil.copytree(chain.root / "model", place)
    weights = chain.root / "finetuned/formula-scratch-0"
    for file in ("checkpoint.json", "checkpoint.safetensors"):
        shutil.copy(weights / file, place / "models" / file)
    sha256 = read_json(Checkpoint, weights / "checkpoint.json").weights_sha256
    model = read_json(Model, place / RECORD).model_copy(update={"weights_sha256": sha256, **changes})
    write_json(model, place / RECORD)
    return contender(chain, "other")


def compared(one: Contender, other: Contender) -> ModelComparison:
    return compare(one, other, None, 0.95, 100)


def test_a_model_is_as_good_as_itself_and_scores_what_it_scored_when_it_was_made(built: Chain) -> None:
    ours = contender(built)
    found = compared(ours, ours)
    assert {(gap.value, gap.low, gap.high) for gap in found.difference.values()} == {(0.0, 0.0, 0.0)}
    assert found.challenger == ours.model.evaluation.selected
    assert (found.test_cases, found.metric) == (ours.model.evaluation.test_cases, "auroc")


def test_the_difference_is_challenger_minus_champion_on_the_same_resamples(chain: Chain) -> None:
    ours, other = contender(chain), scratch_model(chain)
    found, turned = compared(ours, other), compared(other, ours)
    for name, gap in found.difference.items():
        assert gap.value == pytest.approx(found.challenger[name].value - found.champion[name].value)
        back = turned.difference[name]
        assert (gap.low, gap.high) == pytest.approx((-back.high, -back.low))
    assert found.difference["brier"].value != 0


@pytest.mark.parametrize("changes", [{"classes": ("yes", "no")}, {"task": "ordinal"}, {"positive": "no"}])
def test_models_that_answer_other_questions_are_not_compared(
    chain: Chain, changes: dict[str, object]
) -> None:
    with pytest.raises(DataError, match="cannot be compared") as caught:
        compared(contender(chain), scratch_model(chain, **changes))
    assert next(iter(changes)) in caught.value.why


def test_other_cases_are_not_the_same_cases(chain: Chain) -> None:
    shutil.copytree(chain.root / "prepared/target", chain.root / "fewer")
    index = pd.read_parquet(chain.root / "fewer/index.parquet")
    index.drop(index.index[index["split"] == "test"][0]).to_parquet(chain.root / "fewer/index.parquet")
    with pytest.raises(DataError, match="cannot be compared"):
        compared(contender(chain), contender(chain, prepared="fewer"))


def test_a_metric_that_the_task_does_not_have_is_refused(built: Chain) -> None:
    with pytest.raises(ParamsError, match="no metric 'dice'"):
        compare(contender(built), contender(built), "dice", 0.95, 100)


def test_the_program_writes_what_it_found(
    built: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, prepared = str(built.root / "model"), str(built.root / "prepared/target")
    words = ["--challenger", model, "--champion", model, "--prepared", prepared]
    words += ["--champion-prepared", prepared, "--out", str(tmp_path / "found.json")]
    words += ["--metric", "accuracy", "--confidence", "0.9", "--resamples", "100"]
    monkeypatch.setattr(sys, "argv", ["stages.compare", *words])
    assert guarded(module.main) == 0
    found = read_json(ModelComparison, tmp_path / "found.json")
    assert (found.metric, found.confidence, found.resamples) == ("accuracy", 0.9, 100)
