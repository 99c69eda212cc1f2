"""Ingestion of clinical tables, from params to findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.contracts.artifact import read_json
from stages.contracts.examinations import read_examinations
from stages.contracts.manifest import Domain
from tests.unit.stages.raw_images import shared_data
from tests.unit.stages.raw_tables import heart
from tests.unit.stages.runs import Workspace


def table(rows: int = 60) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": generator.integers(20, 90, rows),
            "sex": generator.choice(["f", "m"], rows),
            "crp": generator.normal(size=rows),
            "dx": ["ab"[row % 2] for row in range(rows)],
        }
    )


def ingest(workspace: Workspace, rows: pd.DataFrame, code: int = 0, **options: Any) -> None:
    rows.to_csv(workspace.raw / "heart.csv", index=False)
    assert workspace.ingest(adapter={"format": "tabular", "label": "dx", **options}) == code


def test_a_table_becomes_a_manifest_of_records(workspace: Workspace) -> None:
    ingest(workspace, table(), covariates=["sex"])
    manifest = workspace.manifest()
    assert (len(manifest), manifest["excluded_because"].isna().all()) == (60, True)
    assert set(manifest["split"]) == {"train", "val", "test"}
    domain = read_json(Domain, workspace.root / "ingested" / "domain.json")
    assert (domain.adapter, domain.features, domain.classes) == ("tabular", ("age", "sex", "crp"), ("a", "b"))
    seen = read_examinations(workspace.root / "ingested" / "examinations.parquet")
    assert set(seen["shape"]) == {"3"}
    assert set(workspace.findings()) == {"class-counts", "patients-unknown"}


def test_the_same_table_gives_the_same_bytes(workspace: Workspace) -> None:
    ingest(workspace, table())
    first = workspace.bytes_of("ingested")
    workspace.ingest(threads=3)
    assert workspace.bytes_of("ingested") == first


def test_equal_records_under_two_labels_are_kept_together(workspace: Workspace) -> None:
    rows = table()
    rows.loc[1, ["age", "sex", "crp"]] = rows.loc[0, ["age", "sex", "crp"]]
    ingest(workspace, rows)
    assert workspace.findings()["alike"].cases == ("000001", "000002")
    twins = workspace.manifest().loc[["000001", "000002"]]
    assert twins["excluded_because"].isna().all()
    assert twins["split"].nunique() == twins["group_id"].nunique() == 1


def test_records_that_cannot_be_used_are_left_out_and_named(workspace: Workspace) -> None:
    rows = table()
    rows["age"] = rows["age"].astype(float)
    rows.loc[3, ["age", "sex", "crp"]] = None
    rows.loc[5, "crp"] = np.inf
    rows.loc[7, "dx"] = None
    ingest(workspace, rows)
    excluded = workspace.manifest()["excluded_because"].dropna().to_dict()
    assert excluded == {"000004": "constant", "000006": "not-finite", "000008": "missing-label"}


def test_features_that_nobody_measured_are_a_warning(workspace: Workspace) -> None:
    ingest(workspace, table().assign(chol=0), columns={"chol": {"missing": [0]}})
    assert workspace.findings()["unmeasured"].severity == "warning"


def test_a_bad_cell_ends_the_run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    rows = table().astype({"age": object})
    rows.loc[2, "age"] = "Jane Doe"
    ingest(workspace, rows, code=11)
    block = capsys.readouterr().err
    assert "heart.csv: column 'age', row 3" in block
    assert "Jane" not in block
    assert len(block.splitlines()) == 4


@pytest.mark.parametrize("name", ["split", "mean", "cluster"])
def test_a_covariate_must_not_take_the_name_of_a_fact(workspace: Workspace, name: str) -> None:
    ingest(workspace, table().assign(**{name: 1}), covariates=[name], code=11)


def test_a_case_is_listed_once(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    ingest(workspace, table().assign(who="p1"), id="who", code=11)
    assert "two cases have the same name" in capsys.readouterr().err


def test_swiss_cholesterol_is_missing_and_told(workspace: Workspace) -> None:
    workspace.raw.rmdir()
    workspace.raw.symlink_to(shared_data("uci_heart"))
    assert workspace.ingest(adapter=heart("switzerland"), split={"val": 0.0, "test": 0.0}) == 0
    assert "chol" in workspace.findings()["unmeasured"].message
    assert workspace.manifest()["label"].value_counts().to_dict() == {"yes": 115, "no": 8}
