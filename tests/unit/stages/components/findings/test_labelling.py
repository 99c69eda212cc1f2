from collections.abc import Sequence

import pandas as pd
import pytest

from stages.components.findings.labelling import classes_of, labels, mask_values, single_labels
from stages.contracts.task import Task


def cases(column: str, values: Sequence[str | None], **others: object) -> pd.DataFrame:
    index = pd.Index([f"c{number}" for number in range(len(values))], name="case_id")
    rows = {"flaw": None, "mask_labels": None, column: list(values), **others}
    return pd.DataFrame(rows, index=index).astype("string")


@pytest.mark.parametrize(
    ("task", "values", "classes"),
    [
        ("classes", ["b", "a", None, "b"], ("a", "b")),
        ("multilabel", ["b|a", "", None, "c"], ("a", "b", "c")),
        ("regression", ["1.0", "2.0"], ()),
        ("none", [None], ()),
    ],
)
def test_classes_are_the_sorted_labels(
    task: Task, values: list[str | None], classes: tuple[str, ...]
) -> None:
    assert classes_of(task, None, cases("label", values)) == classes


def test_given_names_win() -> None:
    assert classes_of("classes", ("z", "a"), cases("label", ["a"])) == ("z", "a")


def test_classes_of_masks_are_the_numbers_in_them() -> None:
    seen = cases("mask_labels", ["0 1", "0 3", None, "0 0.5 9"], flaw=[None, None, None, "mask-values"])
    assert classes_of("segmentation", None, seen) == ("0", "1", "2", "3")
    assert classes_of("segmentation", None, cases("mask_labels", [None])) == ()


def test_a_case_has_any_number_of_several_labels() -> None:
    found = single_labels(cases("label", ["b|a", "", None, "c"])["label"], "multilabel")
    assert list(zip(found.index, found, strict=True)) == [("c0", "b"), ("c0", "a"), ("c3", "c")]


def found(task: Task, values: list[str | None], classes: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    return {finding.kind: finding.cases for finding in labels(cases("label", values), task, classes)}


def test_a_label_that_is_no_class_is_found() -> None:
    kinds = found("ordinal", ["1", "2", "9", None], ("1", "2"))
    assert kinds == {"missing-label": ("c3",), "unknown-label": ("c2",)}


def test_one_of_several_labels_that_is_no_class_is_found_once() -> None:
    kinds = found("multilabel", ["a|x|y", "a", "", None], ("a", "b"))
    assert kinds == {"missing-label": ("c3",), "unknown-label": ("c0",)}


def test_a_label_that_is_no_finite_number_is_found() -> None:
    kinds = found("regression", ["1.5", "inf", "high", "nan", None, "-3"])
    assert kinds == {"missing-label": ("c4",), "unknown-label": ("c1", "c2", "c3")}


def test_a_missing_number_is_called_so() -> None:
    finding = next(iter(labels(cases("label", [None]), "regression", ())))
    assert "whose label is missing or no finite number" in finding.message


def test_a_value_of_a_mask_beyond_the_classes_is_found() -> None:
    table = cases("mask_labels", ["0 1", "0 2 7", "0 1 2", None])
    finding = next(iter(mask_values(table, ("background", "liver"))))
    assert (finding.kind, finding.cases) == ("mask-values", ("c1", "c2"))
    assert "2, 7" in finding.message
    assert list(mask_values(table, tuple("01234567"))) == []
