"""Records on the shelf: one file per model."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lineage.making import identity_of
from pipeline.lineage.record import Observed
from pipeline.lineage.shelf import read_records, record_file, write_record
from stages.contracts.errors import DataError
from tests.unit.pipeline.lineage.samples import sample_record


def at(time: str) -> Observed:
    return Observed(written_at=time)


def test_a_workspace_without_records_has_none(tmp_path: Path) -> None:
    assert read_records(tmp_path) == ()


def test_records_come_back_as_they_were_the_oldest_first(tmp_path: Path) -> None:
    late, early = sample_record("a", observed=at("2026-02-01")), sample_record("b", observed=at("2026-01-01"))
    for record in (late, early):
        write_record(tmp_path, record)
    assert read_records(tmp_path) == (early, late)


def test_the_same_model_made_again_leaves_its_record_untouched(tmp_path: Path) -> None:
    file = write_record(tmp_path, sample_record())
    before = file.read_bytes()
    assert write_record(tmp_path, sample_record(observed=at("2027-01-01"))) == file
    assert file.read_bytes() == before


def test_the_identity_is_that_of_the_making_and_of_nothing_else(tmp_path: Path) -> None:
    record = sample_record()
    assert identity_of(record.made_by, record.model) == record.identity
    assert sample_record("two").identity != record.identity
    read = read_records(write_record(tmp_path, record).parents[2])[0]
    assert identity_of(read.made_by, read.model) == record.identity


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    file = write_record(tmp_path, sample_record())
    file.write_text(file.read_text()[:-40])
    with pytest.raises(DataError) as caught:
        read_records(tmp_path)
    assert caught.value.where == str(record_file(tmp_path, sample_record()))
