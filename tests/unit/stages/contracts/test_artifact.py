from pathlib import Path

import pytest

from stages.contracts.artifact import Record, read_json, whole_file, whole_folder, write_json
from stages.contracts.errors import DataError


class Fact(Record):
    name: str
    value: float


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as part:
        (part / "a").write_text("1")
        assert not (tmp_path / "out").exists()
    assert [file.name for file in tmp_path.rglob("*")] == ["out", "a"]


def test_a_failure_leaves_the_old_folder(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as part:
        (part / "a").write_text("old")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out") as part:
        (part / "b").write_text("half")
        raise RuntimeError
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["a"]
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_new_folder_replaces_the_old_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with whole_folder(tmp_path / "out") as part:
            (part / name).write_text(name)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["b"]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    with pytest.raises(RuntimeError), whole_file(tmp_path / "x") as part:
        part.write_text("half")
        raise RuntimeError
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    fact = Fact(name="ä", value=0.1)
    write_json(fact, tmp_path / "deep" / "fact.json")
    assert read_json(Fact, tmp_path / "deep" / "fact.json") == fact


@pytest.mark.parametrize("text", [None, "", "{", '{"name": "a"}', '{"name": "a", "value": 1, "more": 2}'])
def test_what_is_no_record_is_a_data_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "fact.json").write_text(text)
    with pytest.raises(DataError, match="cannot be read"):
        read_json(Fact, tmp_path / "fact.json")
