"""A model made of named patients leaves in no format with a name of theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.export.card import write_card
from pipeline.export.crate.writing import write_crate
from pipeline.export.ml_bom import write_bom
from pipeline.export.openlineage import write_events
from pipeline.export.subject import Subject
from tests.unit.pipeline.export.made import secrets


@pytest.mark.parametrize("write", [write_card, write_crate, write_bom, write_events])
def test_no_patient_no_case_and_no_file_is_named(
    write: Callable[[Subject, Path], None], subject: Subject, tmp_path: Path
) -> None:
    write(subject, tmp_path)
    names = {name.encode() for name in secrets(subject.root)}
    assert {b"PAT-train-0001", b"yes/val-3.jpg", b"SMITH^ANNA_0.png"} <= names
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert [name for name in names if name in file.read_bytes()] == [], file.name
