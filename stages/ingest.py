"""Stage `ingest`: looks at every raw case once and writes down what is there, and what is wrong with it.

Raw data to a manifest, findings and facts of the domain. A damaged case is left out and named; a
finding as severe as `stop_at` ends the run. Splits are by patient, else by near-duplicates.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from stages.adapters.opened import open_adapter
from stages.adapters.raw.location import resolve_raw
from stages.components.cases.drift import find_shifts
from stages.contracts.artifact import whole_folder, write_json
from stages.contracts.drift import Drift
from stages.contracts.errors import guarded
from stages.contracts.examinations import Sealed
from stages.contracts.findings import Findings, Severity
from stages.contracts.params import load_params
from stages.contracts.previous import known_md5s, previous_output
from stages.contracts.stopwatch import Stopwatch
from stages.ingestion.assessment import Ingested, ingest, write
from stages.ingestion.illustration import illustrate
from stages.ingestion.params import IngestParams
from stages.ingestion.survey import look_at


def main() -> None:
    """Runs the stage: `python -m stages.ingest --domain NAME --raw FOLDER --out FOLDER`."""
    parser = argparse.ArgumentParser(prog="stages.ingest", description=__doc__)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    watch = Stopwatch()
    params = load_params(IngestParams, f"ingest.{args.domain}")
    root = resolve_raw(args.raw)
    adapter = open_adapter(root, params.adapter)
    known = known_md5s(args.raw) if root == args.raw else {}
    previous = previous_output(args.out)
    looked = look_at(args.domain, adapter, root, known, params, previous)
    ingested = ingest(args.domain, adapter.facts, looked.cases, params, looked.earlier)
    tell_drift(ingested, looked.earlier, params.drift_p)
    report(ingested.findings, params.stop_at, str(args.raw))
    with whole_folder(args.out) as part:
        write(ingested, looked.fingerprint, params, part)
        illustrate(part, ingested, adapter, params, looked.fingerprint, previous)
    print(f"{args.domain}: {looked.anew} looked at, {len(looked.cases) - looked.anew} recalled, {watch}")


def tell_drift(ingested: Ingested, earlier: Sealed | None, significant: float) -> None:
    """Says on standard output, and in `.medgraft/`, what shifted since the earlier ingestion."""
    name, classes = ingested.domain.name, ingested.domain.classes
    file = Path(".medgraft") / f"drift-{name}.json"
    file.unlink(missing_ok=True)
    shifts = () if earlier is None else find_shifts(earlier.table, ingested.table, classes, significant)
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


if __name__ == "__main__":
    gc.freeze()  # what was imported stays: no collection has to walk over it
    sys.exit(guarded(main))
