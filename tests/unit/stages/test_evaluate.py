from __future__ import annotations

import json
import os

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, roc_auc_score

from stages.components.scores.scoring import METRICS
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.evaluation import EvaluateParams
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Chosen, Evaluation, Interval, Selection, verdict_of
from stages.contracts.task import Metric
from stages.evaluate import evaluate
from tests.unit.stages.chain import Chain, tamper
from tests.unit.stages.small import cases_of
from tests.unit.stages.tables import planted

CASES = cases_of({"test": (40, 40)})


def selection(positive: str | None = "yes", threshold: float | None = 0.5) -> Selection:
    one, other = (
        Chosen(source="s", strategy=name, seed=0, threshold=threshold) for name in ("full", "scratch")
    )
    return Selection(metric="auroc", positive=positive, selected=one, scratch=other, candidates=())


def evaluated(
    selected: float, scratch: float, cases: PreparedCases = CASES, *, same: bool = False, **params: object
) -> Evaluation:
    """Evaluates planted predictions of these qualities."""
    ours = planted(cases, selected, 1)
    tables = {"selected": {0: ours}, "scratch": {0: ours if same else planted(cases, scratch, 2)}}
    two = len(cases.preparation.classes) == 2
    chosen = selection() if two else selection(None, None)
    values = {"resamples": 300, **params}
    return evaluate(tables, chosen, cases, EvaluateParams.model_validate(values))[0]


def test_a_strong_source_is_positive_transfer() -> None:
    found = evaluated(3.0, 0.3)
    assert found.verdict == "positive"
    assert found.difference["auroc"].low > 0


def test_a_harmful_source_is_negative_transfer() -> None:
    found = evaluated(0.0, 3.0)
    assert found.verdict == "negative"
    assert found.difference["auroc"].high < 0


def test_identical_models_are_inconclusive_with_no_difference_at_all() -> None:
    found = evaluated(1.0, 1.0, same=True)
    assert found.verdict == "inconclusive"
    assert {(f.value, f.low, f.high) for f in found.difference.values()} == {(0.0, 0.0, 0.0)}


def test_equally_good_models_are_inconclusive() -> None:
    assert evaluated(1.0, 1.0).verdict == "inconclusive"


def test_the_named_metric_decides() -> None:
    found = evaluated(3.0, 0.0, verdict="accuracy")
    assert found.verdict_metric == "accuracy"
    assert (found.verdict == "positive") == (found.difference["accuracy"].low > 0)


def test_several_classes_are_evaluated_alike() -> None:
    cases = cases_of({"test": (20, 20, 20)}, ("a", "b", "c"))
    found = evaluated(3.0, 0.0, cases)
    assert found.verdict == "positive"
    assert set(found.selected) == set(METRICS)


def test_the_difference_is_paired_and_so_narrower_than_the_two_intervals() -> None:
    tables = {"selected": {0: planted(CASES, 1.0, 1)}, "scratch": {0: planted(CASES, 1.0, 1)}}
    rounded = tables["scratch"][0].copy()
    columns = ["probability_no", "probability_yes"]
    rounded[columns] = (rounded[columns] * 8).round() / 8
    tables["scratch"][0] = rounded
    found, _ = evaluate(tables, selection(), CASES, EvaluateParams(resamples=300))

    def width(figures: dict[str, object], name: str = "auroc") -> float:
        figure = figures[name]
        return float(figure.high - figure.low)  # type: ignore[attr-defined]

    assert width(found.difference) < width(found.selected) / 3  # type: ignore[arg-type]


def test_patients_are_counted_where_they_are_known_and_null_where_not() -> None:
    known = evaluated(1.0, 0.5)
    assert (known.test_patients, known.test_groups, known.resampled) == (80, 80, "patients")
    index = CASES.index.assign(group_id=[f"g{n // 4}" for n in range(80)])
    hidden = CASES.preparation.model_copy(update={"patients_known": False})
    unknown = evaluated(1.0, 0.5, PreparedCases(index, CASES.images, hidden))
    assert (unknown.test_patients, unknown.test_groups, unknown.test_cases) == (None, 20, 80)
    assert unknown.resampled == "near-duplicate groups"


def test_each_seed_is_reported_beside_the_chosen_one() -> None:
    tables = {role: {seed: planted(CASES, 1.0, seed) for seed in (0, 1)} for role in ("selected", "scratch")}
    found, _ = evaluate(tables, selection(), CASES, EvaluateParams(resamples=100))
    assert set(found.seeds["selected"]) == {"0", "1"}
    assert found.seeds["selected"]["0"]["auroc"] == found.selected["auroc"].value
    assert found.seeds["selected"]["1"]["auroc"] != found.selected["auroc"].value


def test_a_wider_confidence_gives_wider_intervals() -> None:
    narrow, wide = (evaluated(1.0, 0.5, confidence=level).selected["auroc"] for level in (0.8, 0.99))
    assert wide.low < narrow.low <= narrow.value <= narrow.high < wide.high


def test_a_test_split_without_a_class_says_which() -> None:
    lacking = CASES.take(np.flatnonzero(CASES.labels == 0))
    with pytest.raises(DataError, match="the test split cannot be scored") as caught:
        evaluated(1.0, 0.5, lacking)
    assert caught.value.why == "it holds no case of class yes"


def test_an_empty_test_split_is_an_error_too() -> None:
    with pytest.raises(DataError) as caught:
        evaluated(1.0, 0.5, CASES.only("train"))
    assert caught.value.why == "it holds no case of class no, yes"


def test_too_few_groups_for_any_interval_is_an_error_and_no_null() -> None:
    """Twenty classes of one case each: hardly a resample holds them all."""
    many = cases_of({"test": (1,) * 20}, [f"c{n}" for n in range(20)])
    with pytest.raises(DataError, match="interval cannot be computed"):
        evaluated(1.0, 0.5, many)


def test_the_metrics_file_has_the_keys_that_the_readme_names(built: Chain) -> None:
    found = json.loads((built.root / "metrics.json").read_text())
    assert {"selected", "scratch", "difference", "verdict", "test_cases", "test_patients"} <= set(found)
    for model in ("selected", "scratch", "difference"):
        assert set(found[model]) == set(METRICS)
        for figure in found[model].values():
            assert set(figure) == {"value", "low", "high"}
            assert all(isinstance(number, float) for number in figure.values())
    assert found["verdict"] in ("positive", "inconclusive", "negative")
    assert found["test_patients"] is None
    index = pd.read_parquet(built.root / "prepared/target/index.parquet")
    assert found["test_cases"] == (index["split"] == "test").sum()


def test_the_predictions_reproduce_the_metrics(built: Chain) -> None:
    found = read_json(Evaluation, built.root / "metrics.json")
    chosen = read_json(Selection, built.root / "selection.json")
    table = pd.read_parquet(built.root / "evaluation/predictions.parquet")
    assert len(table) == 2 * 2 * found.test_cases
    for role, one in (("selected", chosen.selected), ("scratch", chosen.scratch)):
        rows = table[(table["model"] == role) & (table["seed"] == one.seed)]
        truth, score = rows["label"] == 1, rows["probability_yes"].astype(float)
        figures = getattr(found, role)
        assert figures["auroc"].value == pytest.approx(roc_auc_score(truth, score))
        assert figures["auprc"].value == pytest.approx(average_precision_score(truth, score))
        assert one.threshold is not None
        assert figures["accuracy"].value == pytest.approx(accuracy_score(truth, score >= one.threshold))
    gap = found.selected["auroc"].value - found.scratch["auroc"].value
    assert found.difference["auroc"].value == pytest.approx(gap)


def test_only_the_test_split_is_opened(chain: Chain) -> None:
    before = chain.bytes_of("evaluation", "metrics.json")
    tamper(chain.root / "prepared/target", "train", "val")
    assert chain.evaluate() == 0
    assert chain.bytes_of("evaluation", "metrics.json") == before
    tamper(chain.root / "prepared/target", "test")
    assert chain.evaluate() == 0
    assert chain.bytes_of("metrics.json") != {"metrics.json": before["metrics.json"]}


def test_shards_without_a_test_case_are_not_even_read(chain: Chain) -> None:
    prepared = chain.root / "prepared/target"
    index = pd.read_parquet(prepared / "index.parquet")
    shard = int(index["shard"].iloc[0])
    index.loc[(index["shard"] == shard) & (index["split"] == "test"), "split"] = "train"
    index.to_parquet(prepared / "index.parquet", index=False)
    (prepared / f"shard-{shard:04d}.safetensors").unlink()
    assert chain.evaluate() == 0


def test_a_seed_decides_the_resamples(chain: Chain) -> None:
    before = read_json(Evaluation, chain.root / "metrics.json")
    chain.params["evaluate"]["seed"] = 1
    assert chain.evaluate() == 0
    after = read_json(Evaluation, chain.root / "metrics.json")
    assert after.scratch["brier"].value == before.scratch["brier"].value
    assert after.scratch["brier"].low != before.scratch["brier"].low


def test_a_test_split_without_a_class_leaves_the_earlier_figures(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    before = chain.bytes_of("evaluation", "metrics.json")
    file = chain.root / "prepared/target/index.parquet"
    index = pd.read_parquet(file)
    index.loc[(index["split"] == "test") & (index["label"] == 1), "split"] = "train"
    index.to_parquet(file, index=False)
    assert chain.evaluate() == 11
    block = capsys.readouterr().err
    assert len(block.splitlines()) == 4
    assert "it holds no case of class yes" in block
    assert chain.bytes_of("evaluation", "metrics.json") == before


def test_damaged_weights_leave_the_earlier_figures(chain: Chain) -> None:
    before = chain.bytes_of("evaluation", "metrics.json")
    os.truncate(chain.root / "selected/scratch/1/checkpoint.safetensors", 1000)
    assert chain.evaluate() == 11
    assert chain.bytes_of("evaluation", "metrics.json") == before


@pytest.mark.parametrize(
    "change", [{"resamples": 10}, {"confidence": 1.0}, {"verdict": "loss"}, {"resample": 500}]
)
def test_params_that_are_not_valid_are_refused(chain: Chain, change: dict[str, object]) -> None:
    chain.params["evaluate"] |= change
    assert chain.evaluate() == 10


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("rmse", -2.0, -0.1, "positive"),
        ("rmse", 0.1, 2.0, "negative"),
        ("rmse", -0.1, 0.2, "inconclusive"),
        ("auroc", 0.1, 0.2, "positive"),
        ("auroc", -0.2, -0.1, "negative"),
    ],
)
def test_the_verdict_knows_which_side_of_a_metric_is_better(
    metric: Metric, low: float, high: float, verdict: str
) -> None:
    assert verdict_of(Interval(value=(low + high) / 2, low=low, high=high), metric) == verdict
