from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from stages.components.prediction.committee import tempered
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError, ParamsError
from stages.contracts.predictions import said_of
from stages.contracts.scores import Selection
from stages.select import SelectParams, positive_index, select
from tests.unit.stages.chain import Chain, tamper
from tests.unit.stages.tables import said

CLASSES = ("no", "yes")
TABLES = {
    ("a", "scratch", 0): said(0.3, 1),
    ("a", "scratch", 1): said(0.6, 2),
    ("a", "full", 0): said(2.0, 3),
    ("a", "full", 1): said(3.0, 4),
    ("b", "scratch", 0): said(1.0, 5),
    ("b", "scratch", 1): said(1.2, 6),
    ("b", "full", 0): said(0.9, 7),
    ("b", "full", 1): said(0.8, 8),
}


def chosen(**params: object) -> Selection:
    return select(TABLES, CLASSES, SelectParams.model_validate(params))


def test_the_best_transferred_candidate_meets_the_best_control() -> None:
    found = chosen()
    assert (found.selected.source, found.selected.strategy, found.selected.seed) == ("a", "full", 1)
    assert (found.scratch.source, found.scratch.strategy) == ("b", "scratch")
    assert [c.mean for c in found.candidates] == sorted((c.mean for c in found.candidates), reverse=True)
    assert len(found.candidates) == 4


def test_a_control_that_beats_all_is_still_only_the_control() -> None:
    tables = TABLES | {("b", "scratch", seed): said(9.0, seed) for seed in (0, 1)}
    found = select(tables, CLASSES, SelectParams())
    assert found.candidates[0].strategy == "scratch"
    assert found.selected.strategy == "full"


def test_the_mean_over_the_seeds_decides_and_not_the_luckiest_one() -> None:
    tables = TABLES | {("b", "full", 0): said(9.0, 1), ("b", "full", 1): said(-1.0, 2)}
    assert select(tables, CLASSES, SelectParams()).selected.source == "a"


@pytest.mark.parametrize("rule", ["youden", "accuracy"])
def test_the_threshold_is_the_best_on_the_validation_cases_of_the_chosen_seed(rule: str) -> None:
    table = TABLES["a", "full", 1]
    truth, scores = (table["label"] == 1).to_numpy(), table["probability_yes"].to_numpy(float)
    threshold = chosen(threshold=rule, calibration="none").selected.threshold

    def right(at: float) -> float:
        called = scores >= at
        if rule == "accuracy":
            return float((called == truth).mean())
        return float(called[truth].mean() + (~called)[~truth].mean())

    assert threshold is not None
    assert right(threshold) == pytest.approx(max(right(at) for at in [*scores, 1.1]))


def test_half_is_half() -> None:
    assert chosen(threshold="half").selected.threshold == 0.5


def test_the_positive_class_is_named_and_the_threshold_is_its_own() -> None:
    yes, no = chosen(positive="yes"), chosen(positive="no")
    assert (yes.positive, no.positive) == ("yes", "no")
    assert yes.selected.threshold is not None and no.selected.threshold is not None
    table = TABLES["a", "full", 1]
    for found, name in ((yes, "yes"), (no, "no")):
        called = table[f"probability_{name}"] >= found.selected.threshold
        assert ((table["label"] == CLASSES.index(name)) == called).mean() > 0.8


def test_the_last_of_two_classes_is_positive_by_default() -> None:
    assert positive_index(CLASSES, None) == 1
    assert positive_index(("a", "b", "c"), None) is None


def test_an_unknown_positive_class_is_refused() -> None:
    with pytest.raises(ParamsError) as caught:
        chosen(positive="maybe")
    assert caught.value.why == "'maybe' is not among no, yes"


def test_several_classes_have_no_threshold() -> None:
    classes = ("a", "b", "c")
    tables = {("s", name, 0): said(1.0, 1, classes) for name in ("scratch", "full")}
    found = select(tables, classes, SelectParams())
    assert (found.positive, found.selected.threshold, found.scratch.threshold) == (None, None, None)


@pytest.mark.parametrize("kept", ["scratch", "full"])
def test_both_the_control_and_something_to_control_are_needed(kept: str) -> None:
    tables = {key: table for key, table in TABLES.items() if key[1] == kept}
    with pytest.raises(ParamsError, match="scratch control and at least one other") as caught:
        select(tables, CLASSES, SelectParams())
    assert caught.value.why == f"it holds {kept}"


def test_a_control_of_another_name_is_found() -> None:
    tables = {(a, "plain" if b == "scratch" else b, c): t for (a, b, c), t in TABLES.items()}
    assert select(tables, CLASSES, SelectParams(scratch="plain")).scratch.strategy == "plain"


def test_a_validation_split_without_a_class_says_which() -> None:
    lacking = {key: table[table["label"] == 0] for key, table in TABLES.items()}
    with pytest.raises(DataError, match="the val split cannot be scored") as caught:
        select(lacking, CLASSES, SelectParams())
    assert caught.value.why == "it holds no case of class yes"


def test_the_order_of_the_cases_changes_nothing() -> None:
    order = np.random.default_rng(0).permutation(30)
    shuffled = {key: table.iloc[order].reset_index(drop=True) for key, table in TABLES.items()}
    assert select(shuffled, CLASSES, SelectParams()) == chosen()


def test_every_seed_of_both_models_is_copied(built: Chain) -> None:
    selection = read_json(Selection, built.root / "selected/selection.json")
    assert selection == read_json(Selection, built.root / "selection.json")
    for role, one in (("selected", selection.selected), ("scratch", selection.scratch)):
        for seed in (0, 1):
            original = built.bytes_of(f"finetuned/{one.source}-{one.strategy}-{seed}")
            copy = built.bytes_of(f"selected/{role}/{seed}")
            assert list(copy.values()) == list(original.values())


def test_test_cases_change_nothing_all_the_way_to_the_selection(chain: Chain) -> None:
    before = chain.bytes_of("selected", "selection.json")
    tamper(chain.root / "prepared/target", "test")
    assert chain.transfer() == chain.extract() == 0
    for strategy in ("scratch", "linear_probe", "lp_ft"):
        assert chain.finetune(strategy, 0) == chain.finetune(strategy, 1) == 0
    assert chain.select() == 0
    assert chain.bytes_of("selected", "selection.json") == before


def test_runs_outside_the_grid_are_not_looked_at(chain: Chain) -> None:
    before = chain.bytes_of("selected", "selection.json")
    stale = chain.root / "finetuned/formula-wonder-0"
    shutil.copytree(chain.root / "finetuned/formula-lp_ft-0", stale)
    table = pd.read_parquet(stale / "validation.parquet")
    table["probability_yes"] = table["label"].astype("float32")
    table["probability_no"] = 1 - table["probability_yes"]
    table.to_parquet(stale / "validation.parquet", index=False)
    (chain.root / "finetuned/unfinished-0").mkdir()
    assert chain.select() == 0
    assert chain.bytes_of("selected", "selection.json") == before


@pytest.mark.parametrize("file", ["checkpoint.json", "validation.parquet"])
def test_a_damaged_run_leaves_the_earlier_selection(chain: Chain, file: str) -> None:
    before = chain.bytes_of("selected", "selection.json")
    (chain.root / "finetuned/formula-lp_ft-1" / file).write_bytes(b"{")
    assert chain.select() == 11
    assert chain.bytes_of("selected", "selection.json") == before


def test_candidates_of_different_classes_are_not_compared(chain: Chain) -> None:
    file = chain.root / "finetuned/formula-lp_ft-1/checkpoint.json"
    file.write_text(file.read_text().replace('"no"', '"none"'))
    assert chain.select() == 11


def test_a_run_that_is_missing_is_named(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    chain.params["grid"]["seeds"] = [0, 1, 2]
    assert chain.select() == 11
    assert str(Path("finetuned/formula-scratch-2")) in capsys.readouterr().err


def test_the_temperature_makes_the_validation_cases_likelier() -> None:
    tables = {run: table.assign(**sharpened(table, 4.0)) for run, table in TABLES.items()}
    found = select(tables, CLASSES, SelectParams()).selected
    table = tables["a", "full", 1]
    assert found.temperature == pytest.approx(4 * chosen().selected.temperature, rel=1e-3)
    assert log_loss(table["label"], tempered(table, found.temperature)["probability_yes"]) < log_loss(
        table["label"], table["probability_yes"]
    )
    assert select(tables, CLASSES, SelectParams(calibration="none")).selected.temperature == 1


def test_a_tempered_threshold_calls_the_same_cases() -> None:
    with_it, without = chosen().selected, chosen(calibration="none").selected
    assert with_it.threshold is not None and without.threshold is not None
    table = TABLES["a", "full", 1]
    warm = tempered(table, with_it.temperature)["probability_yes"] >= with_it.threshold
    assert warm.tolist() == (table["probability_yes"] >= without.threshold).tolist()


def test_an_ensemble_is_all_seeds_and_its_threshold_is_of_their_mean() -> None:
    found = chosen(ensemble=True, calibration="none").selected
    assert (found.members, found.seed) == ((0, 1), 1)
    mean = (TABLES["a", "full", 0]["probability_yes"] + TABLES["a", "full", 1]["probability_yes"]) / 2
    truth = TABLES["a", "full", 1]["label"] == 1

    def youden(at: float) -> float:
        return float((mean[truth] >= at).mean() + (mean[~truth] < at).mean())

    assert found.threshold is not None
    assert youden(found.threshold) == max(youden(float(at)) for at in mean)
    assert chosen().selected.members == ()


def test_an_ensemble_of_masks_is_refused() -> None:
    with pytest.raises(ParamsError, match="takes no ensemble"):
        select(TABLES, CLASSES, SelectParams(ensemble=True), "segmentation")


def sharpened(table: pd.DataFrame, factor: float) -> dict[str, np.ndarray]:
    logits = np.log(said_of(table)) * factor
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return {f"probability_{name}": probabilities[:, k] for k, name in enumerate(CLASSES)}


def test_where_less_is_better_the_least_error_wins_among_candidates_and_seeds() -> None:
    truth = np.linspace(1, 9, 20)
    facts = pd.DataFrame(
        {"case_id": [f"c{n:02d}" for n in range(20)], "label": -1, "target": truth.astype(str)}
    )
    facts["group_id"] = facts["case_id"]
    errors = {("a", "full", 0): 0.5, ("a", "full", 1): 0.2, ("b", "full", 0): 3.0, ("b", "full", 1): 2.0}
    errors |= {(source, "scratch", seed): 1.0 for source in ("a", "b") for seed in (0, 1)}
    signs = np.where(np.arange(20) % 2, 1, -1)
    tables = {run: facts.assign(predicted=truth + error * signs) for run, error in errors.items()}
    found = select(tables, (), SelectParams(metric="rmse"), "regression")
    assert (found.selected.source, found.selected.strategy, found.selected.seed) == ("a", "full", 1)
    assert [c.mean for c in found.candidates] == sorted(c.mean for c in found.candidates)
