"""Every export of a real model: whole, signed, and without a name of anybody's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.export.exporting import FORMATS, Exported, ExportRequest, export_model
from pipeline.export.signing import SIGNATURE, verify_folder
from pipeline.lineage.shelf import read_records
from pipeline.workspace import Workspace as Place
from stages.contracts.errors import UsageError
from tests.functional.workspaces import Workspace
from tests.unit.pipeline.export.crate_validation import broken_rules

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TRIED = [form for form in FORMATS if form != "onnx"]
"""ONNX has nothing of the workspace in it, and takes long: its own test looks into it."""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = tmp_path_factory.mktemp("key") / "key.pem"
    make = ["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", str(key)]
    subprocess.run(make, check=True, capture_output=True)
    show = ["openssl", "ec", "-in", str(key), "-pubout", "-out", str(key.with_suffix(".pub"))]
    subprocess.run(show, check=True, capture_output=True)
    return key


@pytest.fixture(scope="module")
def exports(
    first_run: tuple[Workspace, dict[str, Any]], key: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Exported]:
    """One export of each format, signed."""
    folder, place = tmp_path_factory.mktemp("exports"), Place(first_run[0].root)
    return {
        form: export_model(place, ExportRequest("challenger", form, folder / form, key)) for form in TRIED
    }


def test_every_format_is_written_signed_and_verifies(exports: dict[str, Exported], key: Path) -> None:
    for exported in exports.values():
        assert SIGNATURE in exported.files
        verify_folder(Path(exported.folder), key.with_suffix(".pub"))


def test_no_export_names_a_case_or_a_file(
    exports: dict[str, Exported], first_run: tuple[Workspace, dict[str, Any]]
) -> None:
    root = first_run[0].root
    manifest = pd.read_parquet(root / "artifacts/ingested/target/manifest.parquet")
    names = {str(name) for key in ("case_id", "path", "patient_id") for name in manifest[key].dropna()}
    names |= {file.name for file in (root / "data/raw/target").rglob("*") if file.is_file()}
    assert len(names) > 80
    for exported in exports.values():
        for file in exported.files:
            content = (Path(exported.folder) / file).read_bytes()
            assert not [name for name in names if name.encode() in content], file


def test_the_crate_of_a_real_model_keeps_every_rule_and_is_signed(
    exports: dict[str, Exported], tmp_path: Path
) -> None:
    assert broken_rules(Path(exports["ro-crate"].folder), tmp_path / "cache") == []


def test_the_crate_knows_sha256_of_every_input_and_output(exports: dict[str, Exported]) -> None:
    metadata = json.loads((Path(exports["ro-crate"].folder) / "ro-crate-metadata.json").read_text())
    things = [entity for entity in metadata["@graph"] if entity["@id"].startswith("#") and "md5" in entity]
    assert len(things) > 10
    assert [entity["name"] for entity in things if "sha256" not in entity] == []


def test_an_earlier_model_comes_out_of_the_cache(workspace: Workspace, tmp_path: Path) -> None:
    (record,) = read_records(workspace.root)
    shipped = workspace.root / "artifacts/model/medgraft.json"
    shipped.write_text(shipped.read_text() + " ")
    request = ExportRequest(record.identity[:12], "ro-crate", tmp_path / "crate")
    exported = export_model(Place(workspace.root), request)
    weights = {f"model/{name}": sha256 for name, sha256 in record.model.weights.items()}
    assert weights.items() <= exported.files.items()
    assert (tmp_path / "crate/model/medgraft.json").read_bytes() == shipped.read_bytes()[:-1]


def test_the_command_line_exports_and_verifies(workspace: Workspace, key: Path, tmp_path: Path) -> None:
    to = tmp_path / "card"
    arguments = ["challenger", "--to", str(to), "--format", "card", "--sign", str(key), "--json"]
    done = workspace.medgraft("export", *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"].keys() == {"MODEL_CARD.md", "CHECKLIST.md", SIGNATURE}
    public = str(key.with_suffix(".pub"))
    assert workspace.medgraft("verify", str(to), "--key", public).stdout == f"verified: {to}\n"
    (to / "MODEL_CARD.md").write_text("another model")
    refused = workspace.medgraft("verify", str(to), "--key", public)
    assert refused.returncode == 13 and "MODEL_CARD.md" in refused.stderr


def test_nothing_is_replaced(first_run: tuple[Workspace, dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match="would replace"):
        export_model(Place(first_run[0].root), ExportRequest("challenger", "card", tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
