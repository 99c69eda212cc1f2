"""Screens, groups and splits the cases of a domain, and writes down what came of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stages.adapters.case import RawFacts
from stages.adapters.opened import AdapterRecord
from stages.components.cases.grouping import complete_given, fold, group, splits_are_complete
from stages.components.cases.regrouping import fingerprint, regroup
from stages.components.findings.balance import count
from stages.components.findings.labelling import classes_of
from stages.components.findings.rules import Rules
from stages.components.findings.screening import in_use, screen
from stages.contracts.artifact import write_json
from stages.contracts.examinations import EXAMINATIONS, FACTS, MANIFEST, Sealed, seal, write_examinations
from stages.contracts.findings import Findings
from stages.contracts.manifest import Domain, write_manifest
from stages.contracts.split import SplitRecord, record_splits
from stages.ingestion.params import IngestParams


@dataclass(frozen=True)
class Ingested:
    """What ingestion gives: the rows of the manifest, everything found, and facts of the domain."""

    table: pd.DataFrame
    """Columns of the manifest and of the examinations, indexed by case."""
    findings: Findings
    domain: Domain
    splits: SplitRecord


def ingest(
    name: str, facts: RawFacts, cases: pd.DataFrame, params: IngestParams, earlier: Sealed | None = None
) -> Ingested:
    """Screens, groups and splits the cases of a domain.

    Args:
        name: Of the domain.
        facts: What the raw data say of all cases.
        cases: One row per case: as listed, as examined, and with its cluster of near-duplicates.
        params: How to read and split.
        earlier: An earlier ingestion; it saves work only.
    """
    classes = classes_of(facts.task, facts.classes, cases)
    bits = params.near_duplicate_bits
    rules = Rules(
        task=facts.task,
        classes=classes,
        given_splits=facts.given_splits,
        wanted=params.split.wanted,
        least=params.min_cases_per_class,
        bits=bits,
        confounder_auc=params.confounder_auc,
        records=bool(facts.features),
        unmeasured=facts.unmeasured,
        withdrawn=frozenset(params.withdrawn),
        salt=params.split.salt,
    )
    table, found = screen(cases.assign(excluded_because=None), rules.before_splitting())
    grouped = _with_splits(in_use(table), facts, params, earlier)
    table = table.assign(group_id=grouped["group_id"], split=grouped["split"])
    table, more = screen(table, rules.after_splitting())
    table["split"] = table["split"].where(table["excluded_because"].isna())
    table["fold"] = fold(table, params.split)
    domain = Domain(
        name=name,
        adapter=params.adapter.format,
        task=facts.task,
        classes=classes,
        features=facts.features,
        patients_known=bool(grouped["patient_id"].notna().all()),
        given_splits=facts.given_splits,
        counts=count(table, facts.task, classes),
    )
    splits = record_splits(table, params.split, given=facts.given_splits)
    return Ingested(table, Findings.of(name, found + more), domain, splits)


def _with_splits(
    used: pd.DataFrame, facts: RawFacts, params: IngestParams, earlier: Sealed | None
) -> pd.DataFrame:
    """Gives cases in use their groups and splits."""
    resembling = params.near_duplicate_bits is not None
    if not facts.given_splits:
        known = earlier.table if earlier and earlier.seal.grouping == _grouping(params) else None
        return regroup(used, params.split, known, by_resemblance=resembling)
    resembling = resembling and not splits_are_complete(used, params.split)
    used = used.assign(group_id=group(used, params.split.salt, by_resemblance=resembling))
    return used.assign(split=complete_given(used, params.split))


def _grouping(params: IngestParams) -> str:
    return fingerprint(params.split, by_resemblance=params.near_duplicate_bits is not None)


def write(ingested: Ingested, mark: str, params: IngestParams, folder: Path) -> None:
    """Writes the tables and records that later stages read.

    Args:
        ingested: What ingestion gave.
        mark: Fingerprint of how the cases were examined.
        params: Of the stage.
        folder: An empty folder.
    """
    table = ingested.table.reset_index()
    with ThreadPoolExecutor(2) as pool:
        tables = [
            pool.submit(write_manifest, table.drop(columns=list(FACTS)[1:]), folder / MANIFEST),
            pool.submit(write_examinations, table, folder / EXAMINATIONS),
        ]
    for written in tables:
        written.result()
    grouping = None if ingested.domain.given_splits else _grouping(params)
    seal(folder, mark, params.near_duplicate_bits, grouping)
    write_json(ingested.findings, folder / "findings.json")
    write_json(ingested.domain, folder / "domain.json")
    write_json(ingested.splits, folder / "splits.json")
    write_json(AdapterRecord(adapter=params.adapter), folder / "adapter.json")
