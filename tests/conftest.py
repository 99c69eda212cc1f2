"""Where tests run when several processes share them."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps a file in one process, and together the files that share a first run of the whole chain."""
    for item in items:
        shared = "first_run" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("first run" if shared else item.nodeid.partition("::")[0]))
