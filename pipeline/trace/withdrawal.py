"""Takes a withdrawal: the next ingestion leaves the patient out, and the log says which models saw them.

The identifier goes nowhere but into a salted hash; params.yaml and the log are published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.atomic import write_whole
from pipeline.lineage.decision import Withdrawn
from pipeline.lineage.log import append_entry, read_log
from pipeline.params.tree import set_values
from pipeline.trace.report import TraceReport
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError
from stages.contracts.params import PARAMS_FILE, find_section, read_params
from stages.contracts.split import SplitParams
from stages.contracts.withdrawal import withdrawn_key


@dataclass(frozen=True)
class Withdrawal:
    """Who withdraws, and why; `by` is the user of git."""

    subject: Literal["patient", "case"]
    name: str
    reason: str | None
    by: str


def withdraw(workspace: Workspace, withdrawal: Withdrawal, report: TraceReport) -> tuple[str, ...]:
    """Records a withdrawal; done again it adds nothing, or what a kill kept from being written.

    Args:
        workspace: Held by this process.
        withdrawal: Who withdraws.
        report: What is known of them.

    Returns:
        The domains whose next ingestion leaves the cases out.

    Raises:
        UsageError: If nothing is known of them, or the reason holds the identifier.
    """
    if withdrawal.reason and withdrawal.name in withdrawal.reason:
        raise _refused("the reason names who withdraws", "the log is published", "leave the identifier out")
    seen = _domains(report)
    params = read_params(workspace.root / PARAMS_FILE)
    sections = find_section(params, "ingest")
    domains = tuple(domain for domain in seen if domain in sections)
    if not seen:
        why = "no model's data and none of the workspace's hold such a case"
        raise _refused(
            f"this {withdrawal.subject} is not known", why, "check the spelling; see `medgraft trace`"
        )
    salts = {domain: _salt(sections.get(domain)) for domain in seen}
    _log(workspace, withdrawal, report, salts)
    values = {}
    for domain in domains:
        key = withdrawn_key(withdrawal.subject, withdrawal.name, salts[domain])
        contents = seen[domain] if withdrawal.subject == "case" else ()
        keys = {key, *(withdrawn_key("content", content, salts[domain]) for content in contents)}
        values[f"ingest.{domain}.withdrawn"] = sorted({*(sections[domain].get("withdrawn") or ()), *keys})
    file = workspace.root / PARAMS_FILE
    write_whole(file, set_values(file.read_text(encoding="utf-8"), values).encode())
    return domains


def _domains(report: TraceReport) -> dict[str, tuple[str, ...]]:
    """Gives the contents of the cases by domain, as far as they were seen at all."""
    found: dict[str, set[str]] = defaultdict(set)
    sightings = [one for model in report.models for one in model.sightings]
    for sighting in (*sightings, *report.present):
        found[sighting.domain] |= set(sighting.contents)
    return {domain: tuple(sorted(contents)) for domain, contents in sorted(found.items())}


def _log(workspace: Workspace, withdrawal: Withdrawal, report: TraceReport, salts: Mapping[str, str]) -> None:
    """Adds an entry for each salt: the same name is another hash under another one."""
    models = tuple(model.identity for model in report.models if model.effect != "excluded")
    known = {
        (entry.detail.subject_sha256, entry.detail.domains)
        for entry in read_log(workspace.root)
        if isinstance(entry.detail, Withdrawn) and set(models) <= set(entry.detail.models)
    }
    for salt, domains in _by_salt(salts.items()).items():
        digest = withdrawn_key(withdrawal.subject, withdrawal.name, salt).rpartition("-")[2]
        if (digest, domains) not in known:
            detail = Withdrawn(
                subject=withdrawal.subject,
                subject_sha256=digest,
                domains=domains,
                models=models,
                reason=withdrawal.reason,
                by=withdrawal.by,
            )
            append_entry(workspace.root, None, detail)


def _by_salt(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for domain, salt in pairs:
        found[salt] = (*found.get(salt, ()), domain)
    return found


def _salt(section: object) -> str:
    split = section.get("split") if isinstance(section, dict) else None
    return str((split or {}).get("salt", SplitParams().salt))


def _refused(what: str, why: str, remedy: str) -> UsageError:
    return UsageError(what, where="medgraft trace --withdraw", why=why, remedy=remedy)
