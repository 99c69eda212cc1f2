"""The log of decisions shows every tampering."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from pipeline.lineage.decision import Kept, Retrained
from pipeline.lineage.log import LOG, append_entry, read_log
from stages.contracts.errors import AuditError
from tests.unit.pipeline.report.built_workspace import digest

KEPT = Kept(reason="nothing changed", by="cron")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(4):
        append_entry(tmp_path, digest(str(number)), KEPT)
    return tmp_path


def lines(root: Path) -> list[str]:
    return (root / LOG).read_text().splitlines()


def rewrite(root: Path, rows: list[str]) -> None:
    (root / LOG).write_text("".join(f"{row}\n" for row in rows))


def broken_at(root: Path) -> str:
    with pytest.raises(AuditError) as caught:
        read_log(root)
    return caught.value.where.removeprefix(f"{LOG}: entry ")


def test_without_a_log_there_are_no_entries(tmp_path: Path) -> None:
    assert read_log(tmp_path) == ()


def test_entries_come_back_in_their_order(root: Path) -> None:
    entry = append_entry(root, None, Retrained(trigger="data", by="cron"))
    log = read_log(root)
    assert [one.number for one in log] == [1, 2, 3, 4, 5]
    assert log[-1] == entry
    assert (entry.kind, log[0].identity) == ("retrained", digest("0"))


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_changed_entry_is_named_the_last_one_too(root: Path, number: int) -> None:
    rows = lines(root)
    rows[number - 1] = rows[number - 1].replace("nothing changed", "something changed")
    rewrite(root, rows)
    assert broken_at(root) == str(number)


def test_a_dropped_entry_is_noticed(root: Path) -> None:
    rows = lines(root)
    rewrite(root, rows[:1] + rows[2:])
    assert broken_at(root) == "2"


def test_swapped_entries_are_noticed(root: Path) -> None:
    first, second, *others = lines(root)
    rewrite(root, [second, first, *others])
    assert broken_at(root) == "1"


def test_an_entry_whose_own_hash_was_made_to_fit_breaks_the_chain_behind_it(root: Path) -> None:
    from pipeline.lineage.log import START, LogEntry, next_entry

    rows = lines(root)
    before = LogEntry.model_validate_json(rows[0])
    forged = next_entry((before,), digest("forged"), KEPT)
    assert before.previous_sha256 == START
    rewrite(root, [rows[0], json.dumps(json.loads(forged.model_dump_json()), sort_keys=True), *rows[2:]])
    assert broken_at(root) == "2"
    from pipeline.lineage.canonical import canonical_text

    rewrite(root, [rows[0], canonical_text(forged), *rows[2:]])
    assert broken_at(root) == "3"


def test_a_torn_line_is_noticed(root: Path) -> None:
    file = root / LOG
    file.write_bytes(file.read_bytes()[:-1])
    assert broken_at(root) == "4"
    file.write_bytes(file.read_bytes()[:-30])
    assert broken_at(root) == "4"


def test_nothing_is_added_to_a_log_that_was_changed(root: Path) -> None:
    (root / LOG).write_text((root / LOG).read_text().replace("cron", "Cron", 1))
    before = (root / LOG).read_bytes()
    with pytest.raises(AuditError):
        append_entry(root, None, KEPT)
    assert (root / LOG).read_bytes() == before


def test_entries_that_are_added_at_the_same_time_all_stay(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=append_entry, args=(tmp_path, digest(str(number)), KEPT))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.identity for entry in read_log(tmp_path)} == {digest(str(number)) for number in range(12)}
