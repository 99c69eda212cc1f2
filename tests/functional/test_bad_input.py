"""What a user gets wrong: the right exit code, four lines, no traceback, and nothing lost."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stages.contracts.findings import Findings
from tests.functional.workspaces import Workspace

pytestmark = pytest.mark.slow


def check_block(done: subprocess.CompletedProcess[str], code: int) -> dict[str, str]:
    """Gives the four lines that a failure ends with."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.rstrip().splitlines()[-4:]
    assert [line.split(":")[0].strip() for line in lines] == ["error", "where", "why", "remedy"], done.stderr
    return {line.split(":")[0].strip(): line.partition(":")[2].strip() for line in lines}


def refused(workspace: Workspace, code: int, *arguments: str) -> dict[str, str]:
    """Runs, and makes sure that every earlier artifact is what it was."""
    before, lock = workspace.hashes(), (workspace.root / "dvc.lock").read_bytes()
    assert len(before) > 50
    done = workspace.medgraft("run", "--json", *arguments)
    block = check_block(done, code)
    assert workspace.hashes() == before
    assert (workspace.root / "dvc.lock").read_bytes() == lock
    if done.stdout:
        assert json.loads(done.stdout)["outcome"] == "failed"
    return block


@pytest.mark.parametrize(
    ("section", "values", "where", "hint"),
    [
        ("finetune", {"epoch": 3}, "params.yaml: finetune.epoch", "did you mean 'epochs'?"),
        ("finetune", {"epochs": "three"}, "params.yaml: finetune.epochs", "correct the value"),
        ("finetunes", {"epochs": 3}, "params.yaml: finetunes", "the sections are grid"),
    ],
)
def test_params_that_are_not_valid(
    workspace: Workspace, section: str, values: dict[str, Any], where: str, hint: str
) -> None:
    workspace.params[section] = workspace.params.get(section, {}) | values
    block = refused(workspace, 10, "--force", "package")
    assert block["where"] == where
    assert block["remedy"].startswith(hint)


def test_a_section_that_no_stage_reads_is_found_though_nothing_is_to_do(workspace: Workspace) -> None:
    workspace.params["finetunes"] = {"epochs": 3}
    assert refused(workspace, 10)["where"] == "params.yaml: finetunes"


def test_an_edit_on_the_command_line_that_is_not_valid_is_taken_back(workspace: Workspace) -> None:
    workspace.write_params()
    before = (workspace.root / "params.yaml").read_text()
    assert refused(workspace, 10, "--set", "finetune.epochs=many")["where"] == "params.yaml: finetune.epochs"
    assert (workspace.root / "params.yaml").read_text() == before


def test_a_missing_raw_folder(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root / "data/raw/target")
    block = refused(workspace, 11)
    assert "data/raw/target" in " ".join(block.values())


def truncate(workspace: Workspace) -> str:
    file = workspace.root / "data/raw/target/yes/003.png"
    os.truncate(file, 200)
    return "yes/003.png"


def test_images_that_cannot_be_used_are_left_out_with_a_warning_and_the_run_goes_on(
    workspace: Workspace,
) -> None:
    truncated = truncate(workspace)
    pixels = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    pixels[3, 3] = np.nan
    Image.fromarray(pixels).save(workspace.root / "data/raw/target/no/nan.tiff")
    outcomes = workspace.run("prepare@target")
    assert outcomes == {"ingest@target": "ran", "prepare@target": "ran"}
    file = workspace.root / "artifacts/ingested/target/findings.json"
    found = Findings.model_validate_json(file.read_text()).findings
    warned = {case: one for one in found if one.severity == "warning" for case in one.cases}
    assert warned[truncated].kind == "unreadable"
    assert "NaN" in warned["no/nan.tiff"].message


def test_a_truncated_image_ends_the_run_where_warnings_shall(workspace: Workspace) -> None:
    name = truncate(workspace)
    workspace.params["ingest"]["target"]["stop_at"] = "warning"
    assert name in refused(workspace, 11)["where"]


def test_a_class_with_one_case(workspace: Workspace) -> None:
    lonely = workspace.root / "data/raw/target/maybe/000.png"
    lonely.parent.mkdir()
    shutil.copy(workspace.root / "data/raw/target/yes/000.png", lonely)
    image = np.asarray(Image.open(lonely)).copy()
    Image.fromarray(255 - image).save(lonely)
    block = refused(workspace, 11)
    assert "class 'maybe' has 1 case" in block["error"]


def imported(workspace: Workspace) -> Path:
    """Asks for a second source, and gives the place of its weights."""
    workspace.params["grid"] |= {"imported": ["mine"], "sources": ["formula", "mine"]}
    workspace.params["import_source"] = {
        "mine": {
            "network": {"name": "resnet10", "width": 0.25},
            "normalisation": {"mean": [127], "deviation": [60]},
            "image_size": [32, 32],
            "classes": 3,
        }
    }
    file = workspace.root / "data/raw/mine/weights.pth"
    file.parent.mkdir()
    return file


def test_weights_of_another_network(workspace: Workspace) -> None:
    import torch
    from monai.networks.nets.densenet import DenseNet121

    torch.save(DenseNet121(2, 1, 3).state_dict(), imported(workspace))
    block = refused(workspace, 11, "import_source")
    assert block["error"] == "the weights belong to another network"
    assert "tensors missing (backbone." in block["why"]


class Trap:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.file,))


def test_a_pickled_checkpoint(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace).write_bytes(pickle.dumps({"weights": Trap(tmp_path / "sprung")}))
    block = refused(workspace, 11, "import_source")
    assert "a pickle can run code, so it was not opened" in block["why"]
    assert not (tmp_path / "sprung").exists()
