"""`medgraft data use`: look first, then take all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.atomic import write_whole
from pipeline.data.checking import inquiring, recalling, refusal_of
from pipeline.data.exchange import exchange
from pipeline.data.incoming import Watched, bring
from pipeline.data.report import CheckReport, FilesReport, UseReport
from pipeline.data.request import Taking, check_domain
from pipeline.data.sections import sections_for
from pipeline.params.tree import set_values
from pipeline.processes.halt import Halt
from pipeline.repro.data import read_held
from pipeline.why import compare_listings, describe_folder
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError, UsageError
from stages.contracts.inspection import InspectionRequest
from stages.contracts.params import PARAMS_FILE, read_params

RAW = "data/raw"
"""Where dvc.yaml has the raw data, by domain."""


@dataclass(frozen=True)
class Telling:
    """How a command is heard while it works, and how it is stopped."""

    halt: Halt
    say: Callable[[str], None]
    watched: Watched


def use_data(
    workspace: Workspace, request: InspectionRequest, taking: Taking, telling: Telling
) -> tuple[CheckReport | UseReport, DataError | None]:
    """Looks at data, and takes them where they can be used.

    Args:
        workspace: The workspace, held by this process.
        request: Which data, and for which domain.
        taking: How to take them.
        telling: Hears what is done.

    Returns:
        What was seen or done, and the error if the data are refused.

    Raises:
        MedgraftError: If they cannot be taken; everything is then as it was.
    """
    root, domain = workspace.root, request.domain
    params = read_params(root / PARAMS_FILE)
    check_domain(domain, (params.get("grid") or {}).get("imported") or ())
    _require_apart(Path(request.path), root / RAW / domain)
    with inquiring(root, telling.halt) as inquiry:
        seen = inquiry.inspect(recalling(request, root))
        check, refusal = CheckReport.of(request.path, seen), refusal_of(request.path, seen)
        if refusal:
            return check, refusal
        asked = taking.plan == "auto" or domain not in (params.get("prepare") or {})
        plan, beside = inquiry.plan() if asked else None, request.columns.covariates
        sections = sections_for(domain, seen, params, plan, taking.positive, beside)
        text = set_values((root / PARAMS_FILE).read_text(encoding="utf-8"), sections.values)
        inquiry.check_params(text)
    held = read_held(workspace, root / RAW / domain)
    change = compare_listings(f"{RAW}/{domain}", held.files, seen.known_files)
    said = sections.said
    if held.recorded and not change.number:
        write_whole(root / PARAMS_FILE, text.encode())
    else:
        telling.say(describe_folder(change))
        place = workspace.incoming / domain
        incoming = bring(seen, place, held, taking.link, telling.halt, telling.watched)
        said += exchange(workspace, incoming, held, text)
    idle = held.recorded and not (change.number or sections.values)
    files, values = FilesReport.of(change), sections.values
    return UseReport("up-to-date" if idle else "taken", domain, change.path, files, values, said, check), None


def _require_apart(path: Path, raw: Path) -> None:
    if raw.resolve() != path.resolve() and raw.resolve().is_relative_to(path.resolve()):
        raise UsageError(
            "the data hold the raw folder that they would be taken into",
            where=str(path),
            why=f"{raw} lies in it",
            remedy="give the folder of the data alone",
        )
