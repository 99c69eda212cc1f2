"""How numbers are written."""

from __future__ import annotations

import pytest

from pipeline.report import number


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (-0.5, "\u22120.500"), (-0.0001, "0.000"), (float("nan"), "n/a"), (None, "n/a")],
)
def test_a_number_has_three_decimals_and_a_true_minus(value: float | None, text: str) -> None:
    assert number.plain(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "+0.500"), (-0.5, "\u22120.500"), (0.0002, "0.000"), (None, "n/a")]
)
def test_a_difference_always_shows_its_sign_unless_it_is_nought(value: float | None, text: str) -> None:
    assert number.signed(value) == text


def test_shares_counts_and_sizes() -> None:
    assert number.percent(0.95) == "95%"
    assert number.percent(0.9999, 1) == "100.0%"
    assert number.count(11_170_240) == "11\u202f170\u202f240"
    assert [number.size(n) for n in (12, 1500, 45_000_000, None)] == ["12 B", "1.5 kB", "45.0 MB", "n/a"]
