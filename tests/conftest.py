"""Long test files come first: else one process is left with them at the end, and the others wait."""

from __future__ import annotations

import pytest

LONG = {"faults", "flow", "functional"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow") or LONG & set(item.path.parts)}
    items.sort(key=lambda item: item.path not in slow)  # Stable: the order is as random as it was.
