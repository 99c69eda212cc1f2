from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import auc, confusion_matrix, roc_auc_score

from stages.components.scores.comparison import compare_models
from stages.components.scores.curves import write_curves
from stages.contracts.scores import Chosen
from tests.unit.stages.small import cases_of
from tests.unit.stages.tables import planted

FILES = ("roc", "precision_recall", "calibration", "confusion")


def written(folder: Path, classes: tuple[str, ...] = ("no", "yes")) -> dict[str, pd.DataFrame]:
    cases = cases_of({"test": (25,) * len(classes)}, classes)
    tables = {"selected": {0: planted(cases, 1.5, 1)}, "scratch": {0: planted(cases, 0.3, 2)}}
    threshold = 0.4 if len(classes) == 2 else None
    chosen = {
        role: Chosen(source="s", strategy=role, seed=0, threshold=threshold)
        for role in ("selected", "scratch")
    }
    positive = "yes" if len(classes) == 2 else None
    write_curves(compare_models(tables, chosen, positive, cases, 60, 0), 0.95, folder)
    found = {name: pd.read_csv(folder / f"{name}.csv") for name in FILES}
    return found | {"selected": tables["selected"][0]}


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")])
def test_each_curve_rises_within_its_band(tmp_path: Path, classes: tuple[str, ...]) -> None:
    found = written(tmp_path, classes)
    for name, y in (("roc", "true_positive_rate"), ("precision_recall", "precision")):
        for _, rows in found[name].groupby("model"):
            assert len(rows) == 101
            assert rows[["low", "high", y]].notna().all(axis=None)
            inside = (rows["low"] - 1e-6 <= rows[y]) & (rows[y] <= rows["high"] + 1e-6)
            assert inside.mean() > 0.9
    assert (
        found["roc"].groupby("model")["true_positive_rate"].apply(lambda y: y.is_monotonic_increasing).all()
    )


def test_the_area_under_the_roc_is_the_auroc(tmp_path: Path) -> None:
    found = written(tmp_path)
    rows = found["roc"][found["roc"]["model"] == "selected"]
    expected = roc_auc_score(found["selected"]["label"], found["selected"]["probability_yes"])
    assert auc(rows["false_positive_rate"], rows["true_positive_rate"]) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")])
def test_the_confusion_counts_every_case_once(tmp_path: Path, classes: tuple[str, ...]) -> None:
    found = written(tmp_path, classes)
    rows = found["confusion"][found["confusion"]["model"] == "selected"]
    table = found["selected"]
    probabilities = table[[f"probability_{name}" for name in classes]].to_numpy()
    called = (probabilities[:, 1] >= 0.4).astype(int) if len(classes) == 2 else probabilities.argmax(axis=1)
    expected = confusion_matrix(table["label"], called)
    counts = rows.pivot_table(index="true", columns="called", values="cases").loc[
        list(classes), list(classes)
    ]
    np.testing.assert_array_equal(counts.to_numpy(), expected)


def test_calibration_compares_what_was_said_with_what_was_seen(tmp_path: Path) -> None:
    rows = written(tmp_path)["calibration"]
    assert rows[["predicted", "observed"]].apply(lambda c: c.between(0, 1)).all(axis=None)
    assert set(rows["model"]) == {"selected", "scratch"}


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(tmp_path / name)
    assert [(tmp_path / "one" / f"{n}.csv").read_bytes() for n in FILES] == [
        (tmp_path / "two" / f"{n}.csv").read_bytes() for n in FILES
    ]
