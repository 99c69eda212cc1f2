"""Writes the JSON schema of the lineage record: `python -m pipeline.lineage.schema`."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.lineage.record import LineageRecord

FILE = Path(__file__).parents[2] / "docs" / "lineage.schema.json"


def schema_text() -> str:
    """Gives the schema (JSON Schema 2020-12) as it is published."""
    schema = LineageRecord.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "medgraft lineage record"}
    return json.dumps({**schema, **head}, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes the file."""
    FILE.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
