"""A small workspace with everything real: the stages, the graph, raw images, git and DVC."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.flow.projects import Project
from tests.unit.stages.chain import FORMULA, PARAMS, raw_target

ROOT = Path(__file__).parents[2]


@dataclass
class Workspace:
    """A workspace, driven as a user drives it."""

    root: Path
    params: dict[str, Any] = field(default_factory=lambda: deepcopy(PARAMS))

    @property
    def project(self) -> Project:
        return Project(self.root)

    def copy(self, root: Path) -> Workspace:
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        params = deepcopy(self.params) | {"run": {"preload": []}}  # few stages run, most need no torch
        return Workspace(root, params)

    def medgraft(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.write_params()
        return self.project.medgraft(*arguments, **environment)

    def run(self, *arguments: str, **environment: str) -> dict[str, str]:
        """Runs the pipeline, and gives the outcome of every stage."""
        done = self.medgraft("run", "--json", *arguments, **environment)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["outcome"] in ("done", "up-to-date")
        return {stage["name"]: stage["outcome"] for stage in report["stages"]}

    def ran(self, *arguments: str) -> set[str]:
        return {name for name, outcome in self.run(*arguments).items() if outcome == "ran"}

    def write_params(self) -> None:
        with (self.root / "params.yaml").open("w") as file:
            YAML().dump(self.params, file)

    def hashes(self) -> dict[str, str]:
        """Hashes of all artifacts."""
        return {
            str(file.relative_to(self.root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted((self.root / "artifacts").rglob("*"))
            if file.is_file() and file.name != ".gitignore"
        }


def make_workspace(root: Path) -> Workspace:
    """Makes a workspace in which nothing has run yet."""
    root.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")
    for name in ("dvc.yaml", ".dvcignore"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "stages", root / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    raw_target(root / "data/raw/target")
    (root / "data/raw/formula").mkdir()
    (root / "data/raw/formula/formula.yaml").write_text(FORMULA)
    workspace = Workspace(root)
    workspace.write_params()
    return workspace
