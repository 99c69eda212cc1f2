"""Runs the data stages as DVC does, but in this process and in a temporary workspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from stages import ingest, prepare
from stages.contracts.errors import guarded
from stages.contracts.findings import Finding, Findings
from stages.contracts.manifest import read_manifest


class Workspace:
    """A folder with raw data in `raw/`, params, and the outputs of ingest and prepare."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.raw, self._patch = root, root / "raw", monkeypatch
        self.raw.mkdir(exist_ok=True)
        monkeypatch.chdir(root)
        monkeypatch.delenv("MEDGRAFT_PREVIOUS", raising=False)
        self.ingest_params: dict[str, Any] = {"adapter": "folder", "min_cases_per_class": 2}
        self.prepare_params: dict[str, Any] = {"size": [8, 8], "shards": 4}

    def ingest(self, **changes: Any) -> int:
        self.ingest_params |= changes
        return self._run(ingest, ["--raw", "raw", "--out", "ingested"])

    def prepare(self, out: str = "prepared", /, **changes: Any) -> int:
        self.prepare_params |= changes
        return self._run(prepare, ["--raw", "raw", "--ingested", "ingested", "--out", out])

    def previous(self, kept: Path) -> None:
        """Names a folder of earlier outputs to the stages, as the broker does."""
        self._patch.setenv("MEDGRAFT_PREVIOUS", str(kept))

    def manifest(self) -> pd.DataFrame:
        return read_manifest(self.root / "ingested" / "manifest.parquet").set_index("case_id")

    def findings(self, file: str = "ingested/findings.json") -> dict[str, Finding]:
        found = Findings.model_validate(json.loads((self.root / file).read_text()))
        return {finding.kind: finding for finding in found.findings}

    def bytes_of(self, folder: str) -> dict[str, bytes]:
        files = sorted(file for file in (self.root / folder).rglob("*") if file.is_file())
        return {file.relative_to(self.root / folder).as_posix(): file.read_bytes() for file in files}

    def _run(self, stage: Any, paths: list[str]) -> int:
        params = {"ingest": {"d": self.ingest_params}, "prepare": {"d": self.prepare_params}}
        with (self.root / "params.yaml").open("w") as file:
            YAML().dump(params, file)
        self._patch.setattr(sys, "argv", ["stage", "--domain", "d", *paths])
        return guarded(stage.main)
