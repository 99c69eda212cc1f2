from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from stages.adapters.opened import AdapterRecord
from stages.adapters.tables.tabular_options import TabularOptions


def test_options_outlast_their_artifact() -> None:
    options = TabularOptions.model_validate(
        {
            "label": "num",
            "missing": ["?", -9],
            "columns": {"sex": {"values": [0, 1]}, "chol": {"missing": [0]}},
        }
    )
    record = AdapterRecord(adapter=options)
    assert AdapterRecord.model_validate_json(record.model_dump_json()) == record
    assert options.of("chol").missing == ("?", "-9", "0")
    assert options.of("age").missing == ("?", "-9")
    assert options.columns["sex"].values == ("0", "1")


def test_every_column_that_is_named_has_to_be_there() -> None:
    options = TabularOptions.model_validate(
        {"label": "a", "id": "b", "patient": "c", "split": "d", "drop": ["e"], "covariates": ["f"],
         "columns": {"g": {}}}
    )  # fmt: skip
    assert options.named == tuple("abcdefg")
    assert options.no_features == frozenset("abcde")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"label": "a", "header": False},
        {"label": "a", "names": ["a", "b"]},
        {"label": "a", "header": False, "names": []},
        {"label": "a", "above": 0, "task": "regression"},
        {"label": "a", "above": 0, "classes": ["healthy", "ill"]},
        {"label": "a", "task": "regression", "classes": ["healthy", "ill"]},
        {"label": "a", "task": "segmentation"},
        {"label": "a", "delimiter": "::"},
        {"label": "a", "delimiter": "\n"},
        {"label": "a", "columns": {"b": {"kind": "numbr"}}},
        {"label": "a", "misssing": ["?"]},
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TabularOptions.model_validate(options)
