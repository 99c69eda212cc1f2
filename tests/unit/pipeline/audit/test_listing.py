from __future__ import annotations

import json
from pathlib import Path

import pytest
from dvc.repo import Repo

from pipeline.audit.listing import compare, folder_md5, parse_listing

BEFORE = {"a.txt": "1" * 32, "b.txt": "2" * 32, "c/d.txt": "3" * 32}


def said(after: dict[str, str]) -> dict[str, str]:
    return {remark.where: remark.why for remark in compare("out", BEFORE, after)}


def test_the_same_files_differ_in_nothing() -> None:
    assert said(dict(reversed(BEFORE.items()))) == {}


@pytest.mark.parametrize(
    ("after", "named"),
    [
        ({k: v for k, v in BEFORE.items() if k != "b.txt"}, {"out/b.txt": "missing"}),
        (BEFORE | {"e.txt": "5" * 32}, {"out/e.txt": "not recorded: it was added"}),
        (
            {"a.txt": "1" * 32, "z.txt": "2" * 32, "c/d.txt": "3" * 32},
            {"out/b.txt": "renamed to out/z.txt"},
        ),
        (
            BEFORE | {"a.txt": "2" * 32, "b.txt": "1" * 32},
            {"out/a.txt": "swapped with out/b.txt", "out/b.txt": "swapped with out/a.txt"},
        ),
        (BEFORE | {"a.txt": "9" * 32}, {"out/a.txt": f"its MD5 is {'9' * 32}, recorded {'1' * 32}"}),
    ],
)
def test_what_happened_to_a_file_is_named(after: dict[str, str], named: dict[str, str]) -> None:
    assert said(after) == named


def test_the_hash_of_a_folder_is_that_of_dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"b/ü.txt": "x", "a.txt": "y", "b/a 1.txt": "", "B.txt": "z"}
    for name, text in files.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text(text)
    with Repo.init(no_scm=True) as repo:
        (stage,) = repo.add("data")
        held = {"/".join(key): info.value for key, _, info in stage.outs[0].obj}
        assert folder_md5(held) == stage.outs[0].hash_info.value
        own = Path(repo.cache.local.oid_to_path(stage.outs[0].hash_info.value))
        assert parse_listing(own.read_bytes()) == held


@pytest.mark.parametrize("data", [b"", b"[{}]", b"7", json.dumps([{"md5": "1"}]).encode()])
def test_what_is_no_list_is_none(data: bytes) -> None:
    assert parse_listing(data) is None
