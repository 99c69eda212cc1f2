import pandas as pd
import pytest

from stages.components.preparation.shards import place
from stages.contracts.manifest import COLUMNS, Domain
from stages.contracts.task import Task


@pytest.mark.parametrize(
    ("task", "labels"),
    [
        ("classes", [1, 0, -1]),
        ("ordinal", [1, 0, -1]),
        ("multilabel", [-1, -1, -1]),
        ("segmentation", [-1, -1, -1]),
        ("regression", [-1, -1, -1]),
    ],
)
def test_a_label_is_an_index_where_a_case_has_one_class(task: Task, labels: list[int]) -> None:
    rows = dict.fromkeys(COLUMNS) | {"case_id": ["x", "y", "z"], "label": ["b", "a", None]}
    domain = Domain(
        name="d", adapter="table", task=task, classes=("a", "b"), patients_known=False, given_splits=False,
        counts={},
    )  # fmt: skip
    assert list(place(pd.DataFrame(rows).astype(COLUMNS), domain, 4)["label"]) == labels
