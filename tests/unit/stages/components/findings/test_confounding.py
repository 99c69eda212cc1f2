"""A fact that tells the label is found, and one that does not is not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.components.findings.confounding import confounders
from stages.contracts.findings import Finding
from tests.unit.stages.checked_table import examined

CLASSES = ("a", "b")


def labelled(cases: int = 60, classes: tuple[str, ...] = CLASSES, **columns: Any) -> pd.DataFrame:
    return examined(cases, label=[classes[case % len(classes)] for case in range(cases)], **columns)


def found(table: pd.DataFrame, classes: tuple[str, ...] = CLASSES, least: float = 0.8) -> list[Finding]:
    return list(confounders(table, classes, least))


def alternating(first: Any, second: Any, cases: int = 60, exceptions: int = 0) -> list[Any]:
    """Gives what class `a` and class `b` have, with the first cases the other way round."""
    pair = [first, second]
    return [pair[(case + (case < exceptions)) % 2] for case in range(cases)]


def test_a_category_that_goes_with_the_label_is_a_warning_that_names_the_exceptions() -> None:
    (warning,) = found(labelled(view=alternating("AP", "PA", exceptions=4)))
    assert (warning.kind, warning.severity) == ("confounder", "warning")
    assert warning.message == (
        "the covariate 'view' alone tells 'a' from 'b' (area under the ROC curve 0.93 on training, "
        "4 cases of 60 against it)"
    )
    assert warning.cases == ("0000.png", "0001.png", "0002.png", "0003.png")
    assert "subgroup" in warning.remedy


@pytest.mark.parametrize(
    "columns",
    [
        {"age": [case % 2 * 40 + case / 7 for case in range(60)]},
        {"age": [-(case % 2) * 40 - case / 7 for case in range(60)]},
        {"scanner": alternating(1.0, 2.0)},
        {"site": alternating("A", None)},
        {"lab": [case / 7 if case % 2 else None for case in range(60)]},
        {"shape": alternating("64x64", "128x128")},
        {"shape": [f"{case}x64" if case % 2 else "64x64" for case in range(60)]},
        {"dtype": alternating("uint8", "uint16")},
        {"colour": alternating(True, False)},
        {"spacing": alternating("1x1", None)},
        {"misnamed": alternating("JPEG", None)},
        {"mean": [100 + case % 2 * 50 + case / 7 for case in range(60)]},
    ],
    ids=str,
)
def test_whatever_tells_the_label_is_found(columns: dict[str, Any]) -> None:
    assert [warning.kind for warning in found(labelled(**columns))] == ["confounder"]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_random_is_not_found(seed: int) -> None:
    draws = np.random.default_rng(seed)
    cases = int(draws.integers(20, 200))
    table = labelled(
        cases,
        number=draws.normal(size=cases),
        rounded=draws.integers(0, 9, cases).astype(float),
        missing=np.where(draws.random(cases) < 0.5, np.nan, draws.normal(size=cases)),
        site=draws.choice(list("ABCD"), cases),
        ward=[f"w{number}" for number in draws.integers(0, cases // 2, cases)],
        identifier=[f"i{case}" for case in range(cases)],
        mean=draws.normal(size=cases),
        shape=[f"{side}x{side}" for side in draws.integers(60, 70, cases)],
        group_id=[f"patient-{number}" for number in draws.integers(0, cases // 3, cases)],
    )
    assert found(table, least=0.7) == []


def test_many_cases_of_few_patients_prove_nothing() -> None:
    patients = [f"patient-{case % 8}" for case in range(400)]
    table = labelled(400, view=alternating("AP", "PA", 400), group_id=patients)
    assert found(table) == []
    assert len(found(table.assign(group_id=[f"patient-{case % 40}" for case in range(400)]))) == 1


def test_only_training_counts() -> None:
    telling = ["AP" if case % 2 or (case % 4 == 0 and case >= 60) else "PA" for case in range(100)]
    splits = ["test" if case < 60 else "train" for case in range(100)]
    assert len(found(labelled(100, view=telling))) == 1
    assert found(labelled(100, view=telling, split=splits)) == []


def test_rare_categories_do_not_fit_the_label_case_by_case() -> None:
    draws = np.random.default_rng(0)
    wards = np.arange(1200) // 4
    labels = np.where(draws.random(1200) < np.where(wards % 2, 0.7, 0.3), "a", "b")
    assert found(examined(1200, label=list(labels), ward=[f"w{ward}" for ward in wards])) == []


def test_few_cases_single_classes_and_other_labels_say_nothing() -> None:
    assert found(labelled(18, view=alternating("AP", "PA", 18))) == []
    assert found(labelled(60, classes=("a",), view=alternating("AP", "PA"))) == []
    assert found(labelled(60, classes=("0.1", "0.7"), view=alternating("AP", "PA"))) == []
    assert found(labelled(view=alternating("AP", "PA")).assign(label=None)) == []


def test_of_several_classes_the_one_that_is_told_best_is_named() -> None:
    classes = ("a", "b", "c")
    table = labelled(90, classes, site=["X" if case % 3 == 1 else "Y" for case in range(90)])
    (warning,) = found(table, classes)
    assert "tells 'b' from the rest" in warning.message


def test_the_threshold_is_a_param() -> None:
    table = labelled(view=alternating("AP", "PA", exceptions=8))
    assert len(found(table, least=0.86)) == 1
    assert found(table, least=0.88) == []


def test_where_nothing_tells_the_label_no_statistics_are_imported() -> None:
    code = """
import sys
from tests.unit.stages.components.findings.test_confounding import alternating, found, labelled
assert found(labelled(view=alternating("AP", "PA", exceptions=30))) == []
sys.exit('scipy.stats' in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_a_case_may_well_depend_on_is_left_out() -> None:
    table = labelled(mean=alternating(0.1, 0.9), view=alternating("AP", "PA"))
    (warning,) = confounders(table, CLASSES, 0.8, seen={})
    assert "'view'" in warning.message
