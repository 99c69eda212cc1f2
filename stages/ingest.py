"""Stage `ingest`: looks at every raw case once and writes down what is there, and what is wrong with it.

Raw data to a manifest, findings and facts of the domain. A damaged case is left out and named; a
finding as severe as `stop_at` ends the run. Splits are by patient, else by near-duplicates.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from stages.adapters.case import Adapter, RawFacts, UnreadableError
from stages.adapters.listing import list_cases
from stages.adapters.opened import AdapterRecord, AnyOptions, open_adapter
from stages.adapters.raw import resolve_raw
from stages.components.balance import count
from stages.components.drift import find_shifts
from stages.components.examination import Examination, examine
from stages.components.fingerprint import fingerprint_of
from stages.components.grouping import complete_given, fold, group, split, splits_are_complete
from stages.components.labelling import classes_of
from stages.components.near_duplicate import cluster_cases, clusters_of
from stages.components.recall import hash_files, see_cases
from stages.components.rules import Rules
from stages.components.screening import screen
from stages.components.thumbnails import add_thumbnails, choose, thumbnail
from stages.contracts.artifact import whole_folder, write_json
from stages.contracts.drift import Drift
from stages.contracts.errors import guarded
from stages.contracts.examinations import EXAMINATIONS, FACTS, MANIFEST, read_sealed, seal, write_examinations
from stages.contracts.findings import Findings, Severity
from stages.contracts.manifest import Domain, write_manifest
from stages.contracts.params import Params, load_params
from stages.contracts.previous import known_md5s, previous_output
from stages.contracts.split import SplitParams, SplitRecord, record_splits
from stages.contracts.thumbnails import FOLDER, MOST


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
    confounder_auc: Annotated[float, Field(gt=0.5, le=1)] = 0.8
    """A fact beside the image that alone tells a class with this area under the ROC curve is reported."""
    drift_p: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """Probability of a false alarm of drift against the earlier ingestion; it changes no artifact."""
    thumbnails: Annotated[int, Field(ge=0, le=MOST)] = MOST
    """Images of cases that findings name, drawn small for the report; 0 for none."""
    split: SplitParams = SplitParams()
    """How groups are spread, where the data give no splits."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads that decode; 0 for one per core. Changes nothing but the time."""


@dataclass(frozen=True)
class Ingested:
    """What ingestion gives: the rows of the manifest, everything found, and facts of the domain."""

    table: pd.DataFrame
    """Columns of the manifest and of the examinations, indexed by case."""
    findings: Findings
    domain: Domain
    splits: SplitRecord


def ingest(name: str, facts: RawFacts, cases: pd.DataFrame, params: IngestParams) -> Ingested:
    """Screens, groups and splits the cases of a domain.

    Args:
        name: Of the domain.
        facts: What the raw data say of all cases.
        cases: One row per case: as listed, as examined, and with its cluster of near-duplicates.
        params: How to read and split.
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
    )
    table, found = screen(cases.assign(excluded_because=None), rules.before_splitting())
    used = table[table["excluded_because"].isna()]
    complete = facts.given_splits and splits_are_complete(used, params.split)
    resembling = bits is not None and not complete
    used = used.assign(group_id=group(used, params.split.salt, by_resemblance=resembling))
    spread = complete_given if facts.given_splits else split
    table = table.assign(group_id=used["group_id"], split=spread(used, params.split))
    table, more = screen(table, rules.after_splitting())
    table["split"] = table["split"].where(table["excluded_because"].isna())
    table["fold"] = fold(table, params.split)
    domain = Domain(
        name=name,
        adapter=params.adapter.format,
        task=facts.task,
        classes=classes,
        features=facts.features,
        patients_known=bool(used["patient_id"].notna().all()),
        given_splits=facts.given_splits,
        counts=count(table, facts.task, classes),
    )
    splits = record_splits(table, params.split, given=facts.given_splits)
    return Ingested(table, Findings.of(name, found + more), domain, splits)


def main() -> None:
    """Runs the stage: `python -m stages.ingest --domain NAME --raw FOLDER --out FOLDER`."""
    parser = argparse.ArgumentParser(prog="stages.ingest", description=__doc__)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    start = time.perf_counter()
    params = load_params(IngestParams, f"ingest.{args.domain}")
    root = resolve_raw(args.raw)
    adapter = open_adapter(root, params.adapter)
    known = known_md5s(args.raw) if root == args.raw else {}
    previous = previous_output(args.out)
    looked = look_at(args.domain, adapter, root, known, params, previous)
    ingested = ingest(args.domain, adapter.facts, looked.cases, params)
    tell_drift(ingested, looked.earlier, params.drift_p)
    report(ingested.findings, params.stop_at, str(args.raw))
    with whole_folder(args.out) as part:
        write(ingested, looked.fingerprint, params, part)
        illustrate(part, ingested, adapter, params, looked.fingerprint, previous)
    recalled, seconds = len(looked.cases) - looked.anew, time.perf_counter() - start
    print(f"{args.domain}: {looked.anew} looked at, {recalled} recalled, in {seconds:.2f} s")


def write(ingested: Ingested, mark: str, params: IngestParams, folder: Path) -> None:
    """Writes the tables and records that later stages read.

    Args:
        ingested: What ingestion gave.
        mark: Fingerprint of how the cases were examined.
        params: Of the stage.
        folder: An empty folder.
    """
    table = ingested.table.reset_index()
    write_manifest(table.drop(columns=list(FACTS)[1:]), folder / MANIFEST)
    write_examinations(table, folder / EXAMINATIONS)
    seal(folder, mark, params.near_duplicate_bits)
    write_json(ingested.findings, folder / "findings.json")
    write_json(ingested.domain, folder / "domain.json")
    write_json(ingested.splits, folder / "splits.json")
    write_json(AdapterRecord(adapter=params.adapter), folder / "adapter.json")


@dataclass(frozen=True)
class Looked:
    """Cases as they lie there.

    Attributes:
        cases: As `ingest` takes them.
        fingerprint: Of how they were examined.
        anew: How many were; the others are known from the earlier output.
        earlier: The cases of the earlier output, if there is one that can be trusted.
    """

    cases: pd.DataFrame
    fingerprint: str
    anew: int
    earlier: pd.DataFrame | None


def look_at(
    domain: str,
    adapter: Adapter,
    root: Path,
    known: Mapping[str, str],
    params: IngestParams,
    previous: Path | None,
) -> Looked:
    """Lists the cases and examines those whose files are not those of the earlier output.

    Args:
        domain: For messages.
        adapter: The opened raw data.
        root: Where they lie.
        known: MD5s of raw files, as far as they are known.
        params: Of the stage.
        previous: The earlier output, if there is one.
    """
    listed = list_cases(adapter, domain)
    mark = fingerprint(params.adapter)
    kept = read_sealed(previous, mark)
    md5s = hash_files(root, [adapter.files(path) for path in listed["path"]], known, params.threads)
    seen = see_cases(
        listed["path"],
        pd.Series(md5s, index=listed.index, dtype="string"),
        partial(_look, adapter),
        kept[0] if kept else None,
        params.threads,
    )
    bits = params.near_duplicate_bits
    earlier = clusters_of(kept[0]) if kept and kept[1].near_duplicate_bits == bits else None
    table = listed.join(seen.table)
    table = table.assign(cluster=cluster_cases(table["perceptual_hash"], bits, earlier))
    return Looked(table, mark, seen.anew, kept[0] if kept else None)


def fingerprint(options: AnyOptions) -> str:
    """Identifies how a case is decoded and examined."""
    here = Path(__file__).parent
    examining = [here / "components" / name for name in ("examination.py", "content.py")]
    code = [*(here / "adapters").glob("*.py"), *examining]
    libraries = ("numpy", "pillow", "imagehash", "scipy", "nibabel", "pydicom", "python-gdcm")
    return fingerprint_of([options.model_dump_json()], code, libraries)


def tell_drift(ingested: Ingested, earlier: pd.DataFrame | None, significant: float) -> None:
    """Says on standard output, and in `.medgraft/`, what shifted since the earlier ingestion."""
    name, classes = ingested.domain.name, ingested.domain.classes
    file = Path(".medgraft") / f"drift-{name}.json"
    file.unlink(missing_ok=True)
    shifts = () if earlier is None else find_shifts(earlier, ingested.table, classes, significant)
    if shifts:
        write_json(Drift(domain=name, shifts=shifts), file)
    for shift in shifts:
        print(f"{name}: drift: {shift}")


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


def illustrate(
    folder: Path, ingested: Ingested, adapter: Adapter, params: IngestParams, mark: str, previous: Path | None
) -> None:
    """Draws some of the cases that findings name, for the report.

    Args:
        folder: Where the stage writes.
        ingested: What was found.
        adapter: Reads the cases.
        params: Of the stage.
        mark: Fingerprint of how the cases were examined.
        previous: The earlier output, if there is one: what it holds is not drawn again.
    """
    code = [Path(__file__).parent / "components" / "thumbnails.py"]
    chosen = choose(ingested.findings, ingested.table, params.thumbnails)
    earlier = previous / FOLDER if previous else None
    marked = fingerprint_of([mark], code, ("pillow",))
    add_thumbnails(folder / FOLDER, chosen, partial(_draw, adapter), marked, earlier, params.threads)


def _draw(adapter: Adapter, path: str) -> bytes | None:
    try:
        decoded = adapter.decode(path)
    except UnreadableError:
        return None
    return thumbnail(decoded.pixels, decoded.colour)


def _look(adapter: Adapter, path: str) -> Examination:
    try:
        known = adapter.identity(path)
        if known is not None:
            return Examination(content_sha256=known)
        decoded = adapter.decode(path)
    except UnreadableError as error:
        return Examination(flaw=error.kind, reason=str(error))
    return examine(
        decoded.pixels,
        colour=decoded.colour,
        spacing=decoded.spacing,
        mask=decoded.mask,
        misnamed=decoded.misnamed,
        identifiers=decoded.identifiers,
    )


if __name__ == "__main__":
    sys.exit(guarded(main))
