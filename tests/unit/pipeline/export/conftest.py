from __future__ import annotations

import pytest

from pipeline.export.subject import Subject
from tests.unit.pipeline.export.made import make_subject


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """A model and its record; not to be changed."""
    return make_subject(tmp_path_factory.mktemp("made"))
