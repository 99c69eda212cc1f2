"""What decides how a case is decoded has all looked at again; what only chooses an adapter has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import grimp
import pytest

from stages.adapters.formats.folder import FolderOptions
from stages.ingestion import survey
from tests.conformance.code_dependencies import ROOT

ADAPTERS = ROOT / "stages" / "adapters"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """The files of the adapters that the fingerprint of ingestion reads."""
    read: list[Path] = []

    def fingerprint_of(facts: Sequence[str], code: Iterable[Path], libraries: Sequence[str]) -> str:
        read.extend(code)
        return ""

    monkeypatch.setattr(survey, "fingerprint_of", fingerprint_of)
    survey.fingerprint(FolderOptions())
    return {file.relative_to(ADAPTERS) for file in read if file.is_relative_to(ADAPTERS)}


def test_all_that_an_adapter_imports_of_adapters_is_in_the_fingerprint(known: set[Path]) -> None:
    graph = grimp.build_graph("stages", cache_dir=None)
    formats = graph.find_children("stages.adapters.formats")
    modules = set(formats).union(*(graph.find_upstream_modules(module) for module in formats))
    names = {module.split(".", 2)[2] for module in modules if module.startswith("stages.adapters.")}
    files = {Path(*name.split(".")).with_suffix(".py") for name in names}
    assert len(formats) > 6
    assert {file for file in files if (ADAPTERS / file).is_file()} <= known


def test_what_chooses_an_adapter_or_reads_new_cases_is_not(known: set[Path]) -> None:
    assert not {"choosing", "newcomers"} & {file.parts[0] for file in known}
