"""`python -m stages` checks the whole params file before a run spends any time on it."""

from __future__ import annotations

import sys
from typing import Any

from pydantic import BaseModel

from stages.contracts.budget import Budget
from stages.contracts.errors import ParamsError, guarded
from stages.contracts.evaluation import EvaluateParams
from stages.contracts.finetuning import FinetuneParams
from stages.contracts.grid import Grid
from stages.contracts.params import PARAMS_FILE, parse_params, read_params
from stages.contracts.strategy import StrategyParams
from stages.extract import ExtractParams
from stages.halve import HalveParams
from stages.hint import HintParams
from stages.import_source import ImportSourceParams
from stages.ingestion.params import IngestParams
from stages.package import PackageParams
from stages.prepare import PrepareStageParams
from stages.select import SelectParams
from stages.train_source import TrainSourceParams
from stages.transfer import TransferParams

# Sections with one set of params, and sections with one set per entry of the grid.
WHOLE: dict[str, type[BaseModel]] = {
    "grid": Grid,
    "transfer": TransferParams,
    "extract": ExtractParams,
    "hint": HintParams,
    "finetune": FinetuneParams,
    "select": SelectParams,
    "evaluate": EvaluateParams,
    "package": PackageParams,
}
KEYED: dict[str, type[BaseModel]] = {
    "ingest": IngestParams,
    "prepare": PrepareStageParams,
    "train_source": TrainSourceParams,
    "import_source": ImportSourceParams,
    "strategies": StrategyParams,
    "budgets": Budget,
}
OTHERS = ("run", "gate", "retrain")  # read by the command line, which checks them itself


def check(values: dict[str, Any]) -> None:
    """Checks every section, whether or not the grid uses it.

    Raises:
        ParamsError: For the first unknown section, missing entry or value that is not valid.
    """
    known = [*WHOLE, "halve", *KEYED, *OTHERS]
    for section in values:
        if section not in known:
            raise ParamsError(
                "the params file has an unknown section",
                where=f"{PARAMS_FILE}: {section}",
                why="no stage reads it",
                remedy=f"the sections are {', '.join(known)}",
            )
    for section, model in WHOLE.items():
        _require(values, section)
        parse_params(model, values[section], section)
    for section, model in KEYED.items():
        for key, entry in (values.get(section) or {}).items():
            parse_params(model, entry, f"{section}.{key}")
    for name in Grid.model_fields:  # dvc.yaml lays stages out over each list, so an empty one is written down
        _require(values["grid"], name, f"grid.{name}", remedy=f"add '{name}: []' to the section 'grid'")
    grid = Grid.model_validate(values["grid"])
    if grid.searched or "halve" in values:
        _require(values, "halve")
        parse_params(HalveParams, values["halve"], "halve")
    needed = {
        "ingest": grid.domains,
        "prepare": grid.domains,
        "train_source": grid.trained,
        "import_source": grid.imported,
        "strategies": (*grid.strategies, *grid.searched),
        "budgets": grid.budgets,
    }
    for section, keys in needed.items():
        for key in keys:
            _require(values.get(section) or {}, key, f"{section}.{key}")
    _require_controls(grid, values["strategies"])


def _require(values: dict[str, Any], key: str, name: str | None = None, remedy: str | None = None) -> None:
    if key not in values:
        raise ParamsError(
            f"the params section '{name or key}' is missing",
            where=f"{PARAMS_FILE}: {name or key}",
            why="the grid or a stage needs it",
            remedy=remedy or f"add '{name or key}', as in docs/recipes/",
        )


def _require_controls(grid: Grid, strategies: dict[str, Any]) -> None:
    """Makes sure that the search tries as many controls as transferred candidates: the same tuning effort."""
    controls = sum(strategies[name].get("kind") == "scratch" for name in grid.searched)
    if 2 * controls < len(grid.searched):
        raise ParamsError(
            "the search would tune the transferred candidates more than the scratch control",
            where=f"{PARAMS_FILE}: grid.searched",
            why=f"{controls} of {len(grid.searched)} searched strategies are of kind 'scratch'",
            remedy="search as many controls, for example {kind: scratch, rate: 0.3}",
        )


def main() -> None:
    """Checks params.yaml in the current folder."""
    check(read_params())


if __name__ == "__main__":
    sys.exit(guarded(main))
