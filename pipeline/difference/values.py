"""Params, code, environment and stages of two records, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.difference.report import Change
from pipeline.lineage.record import LineageRecord


def changed_params(before: LineageRecord, after: LineageRecord) -> tuple[Change, ...]:
    """Gives the params that differ, by dotted key, as far as a stage of both or of one reads them."""
    return _changes(_params(before), _params(after))


def changed_code(before: LineageRecord, after: LineageRecord) -> tuple[Change, ...]:
    """Gives the modules whose hash differs."""
    return _changes(_code(before), _code(after))


def changed_environment(before: LineageRecord, after: LineageRecord) -> tuple[Change, ...]:
    """Gives what differs of Python, the packages and the machine."""
    return _changes(_environment(before), _environment(after))


def changed_stages(before: LineageRecord, after: LineageRecord) -> tuple[Change, ...]:
    """Gives the stages that only one of them ran."""
    return _changes(dict.fromkeys(before.made_by, "ran"), dict.fromkeys(after.made_by, "ran"))


def _params(record: LineageRecord) -> dict[str, str]:
    return {key: value for stage in record.made_by.values() for key, value in stage.values()}


def _code(record: LineageRecord) -> dict[str, str]:
    return {module.path: module.md5 for stage in record.made_by.values() for module in stage.code}


def _environment(record: LineageRecord) -> dict[str, str]:
    software = record.software
    facts = {
        "python": software.python,
        "implementation": software.implementation,
        "machine": software.machine,
        "cpu_features_sha256": software.cpu_features_sha256 or "unknown",
        "accelerators": ", ".join(software.accelerators) or "none",
    }
    facts |= {f"setting {name}": value for name, value in software.settings.items()}
    return facts | {f"package {name}": version for name, version in software.packages.items()}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    names = sorted(before.keys() | after.keys())
    changes = (Change(name, before.get(name), after.get(name)) for name in names)
    return tuple(change for change in changes if change.before != change.after)
