"""What a record says of how cases are distributed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.lineage.domains import read_intensities
from pipeline.lineage.record import DomainRecord, Quartiles
from tests.unit.pipeline.lineage.samples import sample_domain

NAN = float("nan")


def write(folder: Path) -> tuple[Path, Path]:
    manifest, seen = folder / "manifest.parquet", folder / "examinations.parquet"
    cases = [f"c{k}" for k in range(6)]
    excluded = [None, None, None, None, None, "unreadable"]
    pd.DataFrame({"case_id": cases, "excluded_because": excluded}).to_parquet(manifest)
    mean = [1.0, 2.0, 3.0, 4.00000049, 5.0, 900.0]
    pd.DataFrame({"case_id": cases[::-1], "mean": mean[::-1], "deviation": [NAN] * 6}).to_parquet(seen)
    return manifest, seen


def test_quartiles_are_those_of_the_cases_in_use_to_six_digits(tmp_path: Path) -> None:
    assert read_intensities(*write(tmp_path)) == {"mean": Quartiles(low=2.0, median=3.0, high=4.0)}


def test_without_examinations_nothing_is_known(tmp_path: Path) -> None:
    manifest, seen = write(tmp_path)
    seen.unlink()
    assert read_intensities(manifest, seen) == {}


def test_an_early_record_without_distributions_is_read() -> None:
    early = sample_domain().model_dump(exclude={"counts", "intensities"})
    assert DomainRecord.model_validate(early).counts == {}
