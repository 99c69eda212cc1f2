"""Proposes how to prepare a domain: values for its section `prepare`, and why.

Not a stage of the graph: `medgraft data use` runs it and writes the values into params.yaml, where they
stay until the user asks again. So new data never silently change what is done to old cases.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from stages.components.preparation.plan import propose
from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import guarded
from stages.contracts.examinations import EXAMINATIONS, MANIFEST, read_examinations
from stages.contracts.manifest import Domain, read_manifest


def training_cases(folder: Path) -> pd.DataFrame:
    """Gives the examinations of the training cases in use; the other splits have no say.

    Args:
        folder: Output of `ingest`.

    Raises:
        DataError: If a table is missing or damaged.
    """
    manifest = read_manifest(folder / MANIFEST)
    used = manifest[(manifest["split"] == "train") & manifest["excluded_because"].isna()]
    facts = read_examinations(folder / EXAMINATIONS)
    return facts[facts["case_id"].isin(used["case_id"])].reset_index(drop=True)


def main() -> None:
    """Reads an ingested domain; writes a plan: `python -m stages.plan --ingested FOLDER --out FILE`."""
    parser = argparse.ArgumentParser(prog="stages.plan", description=__doc__)
    parser.add_argument("--ingested", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    domain = read_json(Domain, args.ingested / "domain.json")
    write_json(propose(training_cases(args.ingested), domain.name), args.out)


if __name__ == "__main__":
    sys.exit(guarded(main))
