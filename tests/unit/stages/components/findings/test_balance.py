import pandas as pd
import pytest

from stages.components.findings.balance import class_sizes, count, split_sizes
from stages.contracts.manifest import SPLITS
from stages.contracts.task import Task


def cases(*rows: tuple[str, str | None]) -> pd.DataFrame:
    index = pd.Index([f"c{number}" for number in range(len(rows))], name="case_id")
    return pd.DataFrame(list(rows), columns=["split", "label"], index=index).astype("string")


ROWS = (("train", "a|b"), ("train", "a"), ("train", ""), ("val", "b"), ("test", "a|b"))


def test_a_case_counts_for_each_of_its_classes() -> None:
    assert count(cases(*ROWS), "multilabel", ("a", "b", "c")) == {
        "train": {"a": 2, "b": 1, "c": 0},
        "val": {"a": 0, "b": 1, "c": 0},
        "test": {"a": 1, "b": 1, "c": 0},
    }


@pytest.mark.parametrize("task", ["segmentation", "regression", "none"])
def test_without_classes_a_split_has_one_count(task: Task) -> None:
    assert count(cases(*ROWS), task, ("0", "1")) == {
        "train": {"all": 3},
        "val": {"all": 1},
        "test": {"all": 1},
    }


def test_classes_of_a_multilabel_domain_have_to_be_large_enough() -> None:
    table = cases(*ROWS)
    sizes = class_sizes(table, "multilabel", ("a", "b", "c"), SPLITS, 1)
    messages = {finding.message for finding in sizes}
    assert "class 'a' has 3 cases, none of them in val" in messages
    assert "class 'c' has 0 cases; 1 are asked for" in messages
    assert any(message.startswith("5 cases in use (train: 2 a, 1 b, 0 c;") for message in messages)
    assert not any("class 'b'" in message for message in messages)


def test_one_class_is_too_few_unless_a_case_may_have_none() -> None:
    table = cases(("train", "a"), ("val", "a"), ("test", "a"))
    assert "single-class" in {one.kind for one in class_sizes(table, "classes", ("a",), SPLITS, 1)}
    assert {one.kind for one in class_sizes(table, "multilabel", ("a",), SPLITS, 1)} == {"class-counts"}


def test_a_split_without_a_case_is_severe() -> None:
    findings = {one.kind: one for one in split_sizes(cases(("train", None), ("val", None)), SPLITS)}
    assert findings["empty-split"].severity == "severe"
    assert findings["empty-split"].message == "of 2 cases none is in test"
    assert findings["case-counts"].message == "2 cases in use (train: 1; val: 1)"
    assert {one.kind for one in split_sizes(cases(("train", None)), ("train",))} == {"case-counts"}


def test_where_no_case_has_a_label_the_remedy_is_a_table_of_them() -> None:
    table = cases(("train", None), ("val", None))
    found = [one for one in class_sizes(table, "classes", (), SPLITS, 1) if one.kind == "single-class"]
    assert [one.message for one in found] == ["no case has a label"]
    assert "--labels" in found[0].remedy


def test_a_split_whose_cases_are_of_no_class_counts_none_of_each() -> None:
    table = pd.DataFrame({"split": ["train", "train", "test"], "label": ["a", "a|b", ""]}, dtype="string")
    assert count(table, "multilabel", ("a", "b")) == {"train": {"a": 2, "b": 1}, "test": {"a": 0, "b": 0}}
