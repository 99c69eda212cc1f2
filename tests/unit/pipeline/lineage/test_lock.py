"""dvc.lock as YAML."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.lineage.lock import changed_since, read_lock

LOCK = """schema: '2.0'
stages:
  select:
    cmd: >-
      python -m stages.select
      --out artifacts/selected
    deps:
    - {path: artifacts/finetuned, hash: md5, md5: abc.dir, size: 3, nfiles: 2}
    - {path: stages/select.py, hash: md5, md5: def, size: 3}
    params:
      params.yaml:
        grid: {seeds: [0, 1]}
        select: {metric: auroc, positive: null, threshold: {rule: youden}}
    outs:
    - {path: artifacts/selected, hash: md5, md5: fed.dir, size: 3, nfiles: 2}
    - {path: artifacts/selection.json, hash: md5, md5: %s, size: 2}
"""


def test_a_workspace_that_never_ran_has_none(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "dvc.lock") is None


def test_a_stage_gives_its_command_params_inputs_and_code(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK % "ff", encoding="utf-8")
    lock = read_lock(tmp_path / "dvc.lock")
    assert lock is not None
    stage = lock.stages["select"]
    assert stage.command == "python -m stages.select --out artifacts/selected"
    assert stage.values() == (
        ("grid.seeds", "0, 1"),
        ("select.metric", "auroc"),
        ("select.positive", "null"),
        ("select.threshold.rule", "youden"),
    )
    assert [dep.path for dep in stage.inputs] == ["artifacts/finetuned"]
    assert [dep.path for dep in stage.code] == ["stages/select.py"]


def test_a_small_output_with_other_bytes_is_found(tmp_path: Path) -> None:
    file = tmp_path / "artifacts" / "selection.json"
    file.parent.mkdir()
    file.write_bytes(b"{}")
    lock_file = tmp_path / "dvc.lock"
    lock_file.write_text(LOCK % hashlib.md5(b"{}").hexdigest(), encoding="utf-8")
    lock = read_lock(lock_file)
    assert lock is not None
    assert changed_since(lock, tmp_path) == ()
    file.write_bytes(b"[]")
    assert changed_since(lock, tmp_path) == ("artifacts/selection.json",)
