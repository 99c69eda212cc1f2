"""How many labels transfer saved: in words, in a table and as a curve."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.report import write_report
from pipeline.report.label_curve import read_label_curve, tell_saved
from pipeline.report.places import open_places
from stages.contracts.artifact import write_json
from stages.contracts.scores import Curve, CurvePoint, Labels, LabelsSaved
from tests.unit.pipeline.report.built_workspace import Built, build_all, evaluation

TENTH = Labels(budget="tenth", cases=10, share=0.1)
EVERY = Labels(budget="all", cases=100, share=1.0)


def saved(needed: Labels | None, low: Labels | None = TENTH, high: Labels | None = None) -> LabelsSaved:
    left = None if needed is None else 100 - needed.cases
    return LabelsSaved(target=0.8611, needed=needed, low=low, high=high, saved=left, reached=0.97)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A finished run of a grid with one label budget."""
    made = build_all(Built(tmp_path_factory.mktemp("curve")))
    found = evaluation(made)
    figures = found.model_dump(include={"selected", "scratch", "difference", "verdict", "seeds"})
    points = {
        label.budget: CurvePoint.model_validate({**figures, "cases": label.cases, "share": label.share})
        for label in (TENTH, EVERY)
    }
    curve = Curve(metric="auroc", points=points, saved=saved(TENTH, high=EVERY))
    write_json(found.model_copy(update={"curve": curve}), made.artifacts / "metrics.json")
    return made


def test_the_labels_saved_are_told_with_their_interval() -> None:
    text = tell_saved(saved(TENTH, high=EVERY), 100, "AUROC", "95%")
    assert text == (
        "With 10 of 100 labels (10%) the transferred model reached the AUROC of the control with all of them "
        "(0.861): 90 labels saved. The 95% interval of the labels needed is 10 to 100."
    )


def test_what_no_budget_reached_is_told_too() -> None:
    text = tell_saved(saved(None), 100, "AUROC", "95%")
    assert "transfer saved no labels" in text
    assert text.endswith("is 10 to more than there are.")


def test_each_budget_has_a_row(built: Built) -> None:
    curve = read_label_curve(open_places(built.root))
    assert curve is not None
    assert [(row.name, row.cases, row.share) for row in curve.rows] == [
        ("tenth", 10, "10%"),
        ("all", 100, "100%"),
    ]
    assert curve.rows[0].verdict == "Transfer helped"


def test_the_report_has_the_curve_where_there_is_one(built: Built, tmp_path: Path) -> None:
    text = write_report(built.root, built.root / "r.html").read_text(encoding="utf-8")
    assert '<section id="labels"' in text
    assert "90 labels saved" in text
    plain = build_all(Built(tmp_path))
    assert '<section id="labels"' not in write_report(plain.root, plain.root / "r.html").read_text()
