"""dvc.yaml, params.yaml and the code say the same."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.conformance.code_dependencies import (
    GRAPH,
    ROOT,
    import_closure,
    listed,
    module_of,
    stage_names,
)

RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.yaml"))
PER_STAGE_FILES = sorted(
    file.stem
    for file in (ROOT / "stages").glob("*.py")
    if not file.name.startswith("__")
    and file.stem not in ("compare", "contrast", "export", "inspect", "monitor", "plan", "predict", "recheck")
)


@pytest.mark.parametrize("stage", stage_names())
def test_code_dependencies_are_the_import_closure(stage: str) -> None:
    assert listed(stage) == import_closure(stage), f"`make deps` writes the code dependencies of {stage}"


def test_each_stage_has_one_file_of_its_name() -> None:
    assert sorted(set(map(module_of, stage_names()))) == PER_STAGE_FILES
    assert set(PER_STAGE_FILES) <= set(stage_names())


@pytest.mark.parametrize("stage", stage_names())
def test_each_stage_runs_the_module_of_its_name_and_reads_the_section_of_its_name(stage: str) -> None:
    """Or its name is the module's and a word more: `finetune_budget` is `finetune` run in another way."""
    module = module_of(stage)
    assert stage == module or stage.startswith(f"{module}_")
    entry = YAML(typ="safe").load(GRAPH)["stages"][stage]
    entry = entry.get("do", entry)
    assert entry["cmd"].startswith(f"python -m stages.{module} ")
    sections = {param.partition(".")[0] for param in entry["params"]}
    assert module in sections


def test_packages_run_no_code_on_import() -> None:
    for file in (ROOT / "stages").rglob("__init__.py"):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        assert len(body) == 1 and isinstance(body[0], ast.Expr), f"{file} must hold a docstring only"


@pytest.mark.parametrize("file", [ROOT / "params.yaml", *RECIPES], ids=lambda file: file.stem)
def test_the_params_file_and_each_recipe_are_valid(file: Path, tmp_path: Path) -> None:
    shutil.copy(file, tmp_path / "params.yaml")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "stages"]
    check = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr


def test_checking_params_imports_neither_torch_nor_monai() -> None:
    heavy = {"torch", "monai", "dvc", "prefect"}
    code = f"import sys, stages.__main__ as m; m.main(); print(sorted({heavy} & set(sys.modules)))"
    check = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert check.stdout.strip() == "[]"


def test_no_output_of_a_stage_is_tracked_by_git() -> None:
    outs = re.findall(r"^ +- (artifacts/\S+)$", GRAPH.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert outs
    tracked = subprocess.run(
        ["git", "ls-files", "artifacts"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert tracked == ""
