"""Stage `ingest`: looks at every raw case once and writes down what is there, and what is wrong with it.

Raw data to a manifest, findings and facts of the domain. A damaged case is left out and named; a
finding as severe as `stop_at` ends the run. Splits are by patient, else by near-duplicates.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from stages.adapters.case import Adapter, UnreadableError
from stages.adapters.listing import list_cases
from stages.adapters.opened import AdapterRecord, AnyOptions, open_adapter
from stages.adapters.raw import resolve_raw
from stages.components.composition import count
from stages.components.examination import Examination, examine, tabulate
from stages.components.grouping import complete_given, group, split, splits_are_complete
from stages.components.rules import Rules
from stages.components.screening import screen
from stages.contracts.artifact import whole_folder, write_json
from stages.contracts.errors import guarded
from stages.contracts.findings import Findings, Severity
from stages.contracts.manifest import Domain, write_manifest
from stages.contracts.params import Params, load_params
from stages.contracts.split import SplitParams


class IngestParams(Params):
    """How a domain's raw data are read and split."""

    adapter: AnyOptions
    """Which adapter reads the raw data, and its options."""
    stop_at: Literal["warning", "severe"] = "severe"
    """Findings of this severity and above end the run."""
    min_cases_per_class: Annotated[int, Field(ge=1)] = 10
    """A class with fewer cases in use is a severe finding."""
    near_duplicate_bits: Annotated[int, Field(ge=0, le=16)] | None = 8
    """Near-duplicates differ in at most so many of 64 bits of a perceptual hash; null: equals only."""
    split: SplitParams = SplitParams()
    """How groups are spread, where the data give no splits."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads that decode; 0 for one per core. Changes nothing but the time."""


@dataclass(frozen=True)
class Ingested:
    """What ingestion gives: the manifest's rows, everything found, and facts of the domain."""

    manifest: pd.DataFrame
    findings: Findings
    domain: Domain


def ingest(name: str, adapter: Adapter, params: IngestParams) -> Ingested:
    """Examines, screens, groups and splits the cases of a domain.

    Args:
        name: Of the domain.
        adapter: Its opened raw data.
        params: How to read and split.

    Raises:
        DataError: If there is no case, or two cases have the same name.
    """
    listed = list_cases(adapter, name)
    classes = adapter.classes or tuple(sorted(listed["label"].dropna().unique()))
    bits, least = params.near_duplicate_bits, params.min_cases_per_class
    rules = Rules(classes, adapter.given_splits, params.split.wanted, least, bits)
    table = listed.join(_examine(adapter, listed["path"], params.threads))
    table, found = screen(table.assign(excluded_because=None), rules.before_splitting())
    used = table[table["excluded_because"].isna()]
    given = adapter.given_splits and splits_are_complete(used, params.split)
    used = used.assign(group_id=group(used, None if given else bits, params.split.salt))
    spread = complete_given if adapter.given_splits else split
    table = table.assign(group_id=used["group_id"], split=spread(used, params.split))
    table, more = screen(table, rules.after_splitting())
    table["split"] = table["split"].where(table["excluded_because"].isna())
    domain = Domain(
        name=name,
        adapter=params.adapter.format,
        classes=classes,
        patients_known=bool(used["patient_id"].notna().all()),
        given_splits=adapter.given_splits,
        counts=count(table, classes),
    )
    manifest = table.drop(columns=["flaw", "reason", "misnamed"]).reset_index()
    return Ingested(manifest, Findings.of(name, found + more), domain)


def main() -> None:
    """Runs the stage: `python -m stages.ingest --domain NAME --raw FOLDER --out FOLDER`."""
    parser = argparse.ArgumentParser(prog="stages.ingest", description=__doc__)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    params = load_params(IngestParams, f"ingest.{args.domain}")
    ingested = ingest(args.domain, open_adapter(resolve_raw(args.raw), params.adapter), params)
    report(ingested.findings, params.stop_at, str(args.raw))
    with whole_folder(args.out) as part:
        write_manifest(ingested.manifest, part / "manifest.parquet")
        write_json(ingested.findings, part / "findings.json")
        write_json(ingested.domain, part / "domain.json")
        write_json(AdapterRecord(adapter=params.adapter), part / "adapter.json")


def report(findings: Findings, stop_at: Severity, raw: str) -> None:
    """Says each warning on standard error, or ends the run.

    Raises:
        DataError: If a finding is at or above `stop_at`; all of them are then in `.medgraft/`.
    """
    file = Path(".medgraft") / f"findings-{findings.domain}.json"
    file.unlink(missing_ok=True)
    stopping = findings.at_least(stop_at)
    if stopping:
        write_json(findings, file)
        others = f", and there are {len(stopping) - 1} more" if stopping[1:] else ""
        raise stopping[0].as_error(raw, f"{others}; see {file}")
    for finding in findings.at_least("warning"):
        print("warning" + str(finding.as_error(raw)).removeprefix("error"), file=sys.stderr)


def _examine(adapter: Adapter, paths: pd.Series[str], threads: int) -> pd.DataFrame:
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        return tabulate(list(pool.map(partial(_look, adapter), paths)), paths.index)


def _look(adapter: Adapter, path: str) -> Examination:
    try:
        known = adapter.identity(path)
        if known is not None:
            return Examination(content_sha256=known)
        decoded = adapter.decode(path)
    except UnreadableError as error:
        return Examination(flaw="unreadable", reason=str(error))
    return examine(decoded.pixels, decoded.misnamed)


if __name__ == "__main__":
    sys.exit(guarded(main))
