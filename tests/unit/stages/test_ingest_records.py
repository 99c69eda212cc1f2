"""Ingestion of clinical tables, from params to findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from stages.contracts.artifact import read_json
from stages.contracts.examinations import read_examinations
from stages.contracts.manifest import SPLITS, Domain
from stages.contracts.prepared import load_prepared
from tests.unit.stages.raw_images import shared_data
from tests.unit.stages.raw_tables import HEART, heart
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
    assert (len(manifest), bool(manifest["excluded_because"].isna().all())) == (60, True)
    assert set(manifest["split"]) == {"train", "val", "test"}
    domain = read_json(Domain, workspace.root / "ingested" / "domain.json")
    assert (domain.adapter, domain.classes) == ("tabular", ("a", "b"))
    assert [(f.name, f.kind, f.values) for f in domain.features] == [
        ("age", "number", ()), ("sex", "category", ("f", "m")), ("crp", "number", ()),
    ]  # fmt: skip
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


def prepared(workspace: Workspace) -> np.ndarray:
    """Prepares the records, and gives them in the order of the manifest."""
    assert workspace.prepare(size=None) == 0
    return np.asarray(load_prepared(workspace.root / "prepared", SPLITS).images)


@pytest.mark.parametrize(
    ("hospital", "rows", "disease", "cholesterol"),
    [("cleveland", 303, 139, 303), ("hungarian", 294, 106, 271), ("switzerland", 123, 115, 0)],
)
def test_the_hospitals_of_uci_go_from_file_to_shards(
    workspace: Workspace, hospital: str, rows: int, disease: int, cholesterol: int
) -> None:
    workspace.raw.rmdir()
    workspace.raw.symlink_to(shared_data("uci_heart"))
    assert workspace.ingest(adapter=heart(hospital), min_cases_per_class=1, split={"test": 0.0}) == 0
    assert workspace.manifest()["label"].value_counts().to_dict() == {"yes": disease, "no": rows - disease}
    assert workspace.manifest()["excluded_because"].isna().all()
    records = prepared(workspace)
    assert (records.shape, records.dtype) == ((rows, 13), np.dtype(np.float32))
    assert np.isfinite(records[:, HEART.split().index("chol")]).sum() == cholesterol
    told = workspace.findings().get("unmeasured")
    assert (told is not None and "chol" in told.message) == (cholesterol == 0)


def test_breast_cancer_goes_from_file_to_shards(workspace: Workspace) -> None:
    data = load_breast_cancer(as_frame=True)
    data.frame.to_csv(workspace.raw / "cancer.csv", index=False)
    assert workspace.ingest(adapter={"format": "tabular", "label": "target"}) == 0
    np.testing.assert_array_equal(prepared(workspace), data.data.astype("float32"))
    assert "confounder" not in workspace.findings()


def test_diabetes_is_a_regression_from_file_to_shards(workspace: Workspace) -> None:
    data = load_diabetes(as_frame=True)
    data.frame.to_csv(workspace.raw / "diabetes.csv", index=False)
    assert workspace.ingest(adapter={"format": "tabular", "label": "target", "task": "regression"}) == 0
    np.testing.assert_array_equal(prepared(workspace), data.data.astype("float32"))
    assert workspace.manifest()["label"].astype(float).tolist() == data.target.tolist()
