"""Makes small clinical tables, and names the columns of a real one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from stages.adapters.tables.cells import Cells, read_cells

HEART = "age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num"


def heart(hospital: str) -> dict[str, Any]:
    """Gives the options by which a hospital of UCI heart disease is read."""
    return {
        "format": "tabular",
        "file": f"processed.{hospital}.data",
        "header": False,
        "names": HEART.split(" "),
        "label": "num",
        "above": 0,
        "missing": ["?"],
        "columns": {"chol": {"missing": [0]}, "sex": {"values": [0, 1]}},
    }


def cells(
    *texts: str | None, missing: tuple[str, ...] = (), recode: Mapping[str, str] = MappingProxyType({})
) -> Cells:
    """Gives the cells of a column `chol`."""
    table = pd.DataFrame({"chol": pd.Series(texts, dtype="str")})
    return read_cells(Path("heart.csv"), table, "chol", missing, recode)
