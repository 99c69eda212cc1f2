"""The published schema is that of the record."""

from __future__ import annotations

import json

import jsonschema
import pytest

from pipeline.lineage.schema import FILE, schema_text
from tests.unit.pipeline.lineage.samples import sample_record


def test_the_published_schema_is_that_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run `python -m pipeline.lineage.schema`"


def test_a_record_is_valid_by_the_published_schema_and_one_with_a_field_less_is_not() -> None:
    schema, record = json.loads(FILE.read_text()), json.loads(sample_record().model_dump_json())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(record, schema)
    del record["identity"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)
