"""Every kind of bad input is answered, and docs/bad-input.md says how."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.unit.stages.bad_input import document
from tests.unit.stages.bad_input.catalogue import KINDS
from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.bad_input.outcome import meet
from tests.unit.stages.runs import Workspace


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, str]]:
    """Collects the lines of the document, and writes it where that is asked for."""
    found: dict[str, str] = {}
    yield found
    if os.environ.get(document.REWRITE) and len(found) == len(KINDS):
        document.write(found)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 40


def test_the_document_lists_each_kind_once_and_no_other() -> None:
    rows = [line for line in document.written() if line.startswith("| ") and not line.startswith("| kind |")]
    assert sorted(row.split(" | ")[0].removeprefix("| ") for row in rows) == sorted(k.name for k in KINDS)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_bad_input_is_answered_as_documented(
    kind: Kind, workspace: Workspace, capsys: pytest.CaptureFixture[str], rows: dict[str, str]
) -> None:
    outcome = meet(kind, workspace, capsys)
    rows[kind.name] = document.row(kind, outcome)
    if not os.environ.get(document.REWRITE):
        assert rows[kind.name] in document.written(), "run `python -m tests.unit.stages.bad_input.document`"
