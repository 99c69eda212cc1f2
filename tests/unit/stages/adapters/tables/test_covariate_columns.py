from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.adapters.tables.covariate_columns import code_covariates
from stages.contracts.errors import DataError, MedgraftError, ParamsError
from stages.contracts.feature import Feature
from stages.contracts.manifest import COLUMNS, Domain, read_manifest, write_manifest
from stages.contracts.preparation import PrepareParams
from stages.contracts.prepared import COVARIATE

ROWS = 30


def coded(
    folder: Path, values: list[Any], task: str = "classes", name: str = "x"
) -> tuple[np.ndarray, Feature]:
    """Gives the codes of one covariate, as it comes back from a written manifest."""
    cases = [f"c{row:02d}" for row in range(len(values))]
    blank = {column: [None] * len(values) for column in COLUMNS}
    write_manifest(pd.DataFrame({**blank, "case_id": cases, "x": values}), folder / "m.parquet")
    manifest = read_manifest(folder / "m.parquet")
    facts = {"name": "target", "adapter": "table", "classes": (), "patients_known": True, "counts": {}}
    domain = Domain.model_validate({**facts, "given_splits": False, "task": task})
    params = PrepareParams(size=(8, 8), covariates=(name,))
    index, features = code_covariates(manifest[["case_id"]], manifest, domain, params)
    return index[COVARIATE + "x"].to_numpy(), features[0]


@pytest.mark.parametrize(
    ("values", "kind", "texts", "codes"),
    [
        ([1.5, None, -2.0], "number", (), [1.5, np.nan, -2]),
        ([None, None, None], "number", (), [np.nan] * 3),
        (["yes", "No", None], "boolean", (), [1, 0, np.nan]),
        (["b", "a", None, "b"], "category", ("a", "b"), [1, 0, np.nan, 1]),
        (["II", "1", "10"], "category", ("1", "10", "II"), [2, 0, 1]),
    ],
)
def test_a_covariate_is_of_the_kind_that_its_cells_are(
    tmp_path: Path, values: list[Any], kind: str, texts: tuple[str, ...], codes: list[float]
) -> None:
    found, feature = coded(tmp_path, values)
    assert (feature.kind, feature.values) == (kind, texts)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, codes)


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ([f"note {row}" for row in range(ROWS)], DataError, "30 different texts"),
        ([*map(str, range(ROWS)), ">89"], DataError, "30 cells are numbers and others are not"),
        ([1.0, float("inf")], DataError, "infinite"),
    ],
)
def test_what_is_no_covariate_is_refused(
    tmp_path: Path, values: list[Any], error: type[MedgraftError], said: str
) -> None:
    with pytest.raises(error) as caught:
        coded(tmp_path, values)
    assert said in str(caught.value)
    assert "note 3" not in str(caught.value)


def test_an_unknown_one_and_a_task_without_any_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="no covariate 'y'"):
        coded(tmp_path, [1.0], name="y")
    with pytest.raises(ParamsError, match="segmentation takes no covariates"):
        coded(tmp_path, [1.0], task="segmentation")
