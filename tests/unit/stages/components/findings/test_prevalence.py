from __future__ import annotations

from stages.components.findings.prevalence import class_imbalance
from tests.unit.stages.checked_table import examined


def test_a_class_with_more_than_ten_times_the_training_cases_is_a_note() -> None:
    table = examined(25, label=["a"] * 22 + ["b"] * 3, split=["train"] * 24 + ["test"])
    (found,) = class_imbalance(table, ("a", "b"))
    assert (found.kind, found.severity) == ("class-imbalance", "note")
    assert found.message == "training has 22 cases of class 'a' and 2 of 'b': 11 to 1"


def test_ten_to_one_and_other_labels_are_no_finding() -> None:
    table = examined(25, label=["a"] * 20 + ["b"] * 2 + ["c"] * 3)
    assert list(class_imbalance(table, ("a", "b"))) == []
    assert list(class_imbalance(table, ("a",))) == []
    assert list(class_imbalance(examined(4, label=None), ("a", "b"))) == []
