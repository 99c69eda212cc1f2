"""What somebody could do to what is recorded of models: records, the log of decisions and git's tags."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

from pipeline.lineage.canonical import canonical_sha256
from pipeline.lineage.registry import trailers
from pipeline.lineage.shelf import record_path
from tests.functional.audited import Audited
from tests.functional.tamperings import Tampering, rewrite

LOG = "lineage/log.jsonl"


def forgeries() -> Iterator[Tampering]:
    """Gives every tampering with the history."""
    yield from _log()
    yield from _tags()
    yield from _record()


def _lines(what: str, change: Callable[[list[bytes]], list[bytes]], *named: str) -> Tampering:
    def do(here: Audited, _: random.Random) -> None:
        lines = here.file(LOG).read_bytes().splitlines(keepends=True)
        rewrite(here.file(LOG), b"".join(change(lines)))

    return Tampering(f"{what} the log", do, named or (LOG,))


def _log() -> Iterator[Tampering]:
    yield _lines(
        "flip a bit of", lambda ls: [ls[0].replace(b"Tester", b"Tesuer", 1), *ls[1:]], f"{LOG}: entry 1"
    )
    yield _lines("drop the first entry of", lambda lines: lines[1:], f"{LOG}: entry 1")
    yield _lines("drop the last entry of", lambda lines: lines[:-1])
    yield _lines("swap two entries of", lambda lines: lines[::-1], f"{LOG}: entry 1")
    yield _lines("repeat the last entry of", lambda lines: [*lines, lines[-1]], f"{LOG}: entry 3")
    yield _lines("cut the end of", lambda lines: [*lines[:-1], lines[-1][:-20]], f"{LOG}: entry 2")
    yield _lines("forge an entry of", _forged)
    yield Tampering("drop the log", lambda here, _: here.file(LOG).unlink(), (LOG,))


def _forged(lines: list[bytes]) -> list[bytes]:
    """Changes the last entry and makes its hash fit."""
    entry = json.loads(lines[-1])
    entry["detail"]["by"] = "Somebody else <else@example.org>"
    entry.pop("sha256")
    entry["sha256"] = canonical_sha256(entry)
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return [*lines[:-1], f"{text}\n".encode()]


def _tag(what: str, *named: str, **git: tuple[str, ...]) -> Tampering:
    def do(here: Audited, _: random.Random) -> None:
        for arguments in git.values():
            here.git(*arguments)

    return Tampering(what, do, named)


def _tags() -> Iterator[Tampering]:
    version, champion = "model@v1.0.0", "model#champion#2"
    yield _tag("drop a version's tag", f"{LOG}: entry 1", one=("tag", "-d", version))
    yield _tag("drop the champion's tag", f"{LOG}: entry 2", one=("tag", "-d", champion))
    lightweight = ("tag", "-f", version, "HEAD~1")
    yield _tag("replace a version's tag by a plain one", f"{LOG}: entry 1", one=lightweight)
    rename = ("tag", "model@v7.0.0", "model@v2.0.0"), ("tag", "-d", "model@v2.0.0")
    yield _tag("rename a version's tag", f"{LOG}: entry 2", one=rename[0], two=rename[1])
    yield Tampering("move a version's tag to another commit", _moved("HEAD"), (version,))
    yield Tampering("move a version's tag to a commit without records", _moved("HEAD~2"), (version,))
    yield Tampering("give a version's tag to another model", _given_away, (version,))


def _moved(commit: str) -> Callable[[Audited, random.Random], None]:
    def do(here: Audited, _: random.Random) -> None:
        message = here.git("for-each-ref", "--format=%(contents)", "refs/tags/model@v1.0.0")
        here.git("tag", "-f", "-a", "model@v1.0.0", commit, "-m", message)

    return do


def _given_away(here: Audited, _: random.Random) -> None:
    other = here.records[-1].identity
    here.git("tag", "-f", "-a", "model@v1.0.0", "HEAD", "-m", trailers(other, "0" * 64))


def _on_record(what: str, change: Callable[[dict[str, object]], None], *named: str) -> Tampering:
    def do(here: Audited, _: random.Random) -> None:
        file = here.file(record_path(here.records[-1].identity))
        values = json.loads(file.read_bytes())
        change(values)
        rewrite(file, (json.dumps(values, indent=2) + "\n").encode())

    return Tampering(f"{what} in the record", do, named or ("lineage/records",))


def _record() -> Iterator[Tampering]:
    yield _on_record("better figures", lambda v: v["evaluation"]["selected"]["auroc"].update(value=0.99))  # type: ignore[index]
    yield _on_record("a looser gate", lambda v: v["gate"].update(margin=0.5), "gate_sha256")  # type: ignore[attr-defined]
    yield _on_record("another threshold", lambda v: v["model"].update(threshold=0.1), "identity")  # type: ignore[attr-defined]
    yield _on_record("another commit of the code", lambda v: v["code"].update(revision="0" * 40), "code")  # type: ignore[attr-defined]
    yield _on_record("an unknown key", lambda v: v.update(more=1))
    yield Tampering("drop the record", _drop_record, ("lineage/records",))
    yield Tampering("swap two records", _swap_records, ("lineage/records",))


def _drop_record(here: Audited, _: random.Random) -> None:
    here.file(record_path(here.records[-1].identity)).unlink()


def _swap_records(here: Audited, _: random.Random) -> None:
    one, other = (here.file(record_path(record.identity)) for record in here.records)
    data = one.read_bytes()
    rewrite(one, other.read_bytes())
    rewrite(other, data)
