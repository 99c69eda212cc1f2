"""How the report writes numbers: three decimals, a true minus sign, and "n/a" where there is none."""

from __future__ import annotations

import math

ABSENT = "n/a"


def plain(value: float | None, decimals: int = 3) -> str:
    """Writes a number; a missing or undefined one as "n/a"."""
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "\u2212")


def signed(value: float | None, decimals: int = 3) -> str:
    """Writes a difference: its sign is always there, unless it rounds to zero."""
    text = plain(value, decimals)
    rounds_to_zero = not any(digit in text for digit in "123456789")
    return text if text == ABSENT or text.startswith("\u2212") or rounds_to_zero else f"+{text}"


def percent(share: float | None, decimals: int = 0) -> str:
    """Writes a share of 0 to 1 as a percentage."""
    return ABSENT if share is None or not math.isfinite(share) else f"{plain(100 * share, decimals)}%"


def count(number: int | None) -> str:
    """Writes a whole number with thin spaces between thousands, which no line breaks at."""
    return ABSENT if number is None else f"{number:,}".replace(",", "\u202f")


def size(number: int | None) -> str:
    """Writes a number of bytes."""
    if number is None:
        return ABSENT
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit ends the loop")
