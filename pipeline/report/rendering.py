"""How templates become pages: everything escaped, numbers written in one way."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.report import number


def make_environment() -> Environment:
    """Gives the templates; a value that a template misses is an error, not a gap."""
    environment = Environment(
        loader=PackageLoader("pipeline", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(number, name) for name in ("plain", "signed", "percent", "count", "size")
    }
    return environment


def stamp(written: datetime) -> str:
    """Writes a time, UTC, to the minute."""
    return written.strftime("%Y-%m-%d %H:%M UTC")


def own_version() -> str:
    """Gives the version of medgraft that is installed."""
    try:
        return version("medgraft")
    except PackageNotFoundError:
        return "unknown"
