"""Writes the JSON schema of the lineage record: `python -m pipeline.lineage.schema`."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from pipeline.lineage.record import LineageRecord

FILE = Path(__file__).parents[2] / "docs" / "lineage.schema.json"


class DescribedSchema(GenerateJsonSchema):
    """Adds what stands below each field in the source.

    Pydantic can do that itself, but reads the source of every model then, whenever a stage starts.
    """

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """Gives the schema of a model with its fields described."""
        made = super().model_schema(schema)
        for name, text in _descriptions(schema["cls"]):
            made["properties"][name].setdefault("description", text)
        return made


def _descriptions(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for one in model.__mro__:
        if issubclass(one, BaseModel) and one is not BaseModel:
            (made,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
            for field, text in pairwise(cast("ast.ClassDef", made).body):
                match field, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(said))),
                    ):
                        yield name, inspect.cleandoc(said)


def schema_text() -> str:
    """Gives the schema (JSON Schema 2020-12) as it is published."""
    schema = LineageRecord.model_json_schema(mode="serialization", schema_generator=DescribedSchema)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "medgraft lineage record"}
    return json.dumps({**schema, **head}, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes the file."""
    FILE.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
