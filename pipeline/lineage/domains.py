"""What a record says of the data: hashes and counts, never a case or a patient."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from pipeline.lineage.lock import LockedStage
from pipeline.lineage.record import DomainRecord, Quartiles, SplitCount
from stages.contracts.artifact import read_json
from stages.contracts.examinations import EXAMINATIONS
from stages.contracts.findings import Findings
from stages.contracts.manifest import Domain
from stages.contracts.split import SplitRecord

_STAGE = "ingest@"
_MEASURES = ("mean", "deviation")


def read_domains(root: Path, made_by: Mapping[str, LockedStage]) -> tuple[DomainRecord, ...]:
    """Describes the data of every domain that was ingested on the way to a model.

    Raises:
        DataError: If an artifact of the ingestion is missing or damaged.
    """
    names = sorted(name.removeprefix(_STAGE) for name in made_by if name.startswith(_STAGE))
    return tuple(_domain(root, name, made_by[_STAGE + name]) for name in names)


def _domain(root: Path, name: str, stage: LockedStage) -> DomainRecord:
    path = f"artifacts/ingested/{name}"
    folder = root / path
    facts = read_json(Domain, folder / "domain.json")
    splits = read_json(SplitRecord, folder / "splits.json")
    findings = read_json(Findings, folder / "findings.json").findings
    manifest = folder / "manifest.parquet"
    raw = stage.inputs[0]
    return DomainRecord(
        name=name,
        adapter=facts.adapter,
        task=facts.task,
        classes=facts.classes,
        patients_known=facts.patients_known,
        raw_path=raw.path,
        raw_md5=raw.md5,
        manifest_path=f"{path}/manifest.parquet",
        manifest_sha256=hashlib.sha256(manifest.read_bytes()).hexdigest(),
        splits={
            split: SplitCount(cases=part.cases, groups=part.groups, groups_sha256=part.groups_sha256)
            for split, part in splits.parts.items()
        },
        excluded=_excluded(manifest),
        findings=dict(sorted(Counter(finding.severity for finding in findings).items())),
        counts=facts.counts,
        intensities=read_intensities(manifest, folder / EXAMINATIONS),
    )


def _excluded(manifest: Path) -> dict[str, int]:
    import pyarrow.parquet as pq

    reasons = pq.read_table(manifest, columns=["excluded_because"]).column(0).to_pylist()
    return dict(sorted(Counter(reason for reason in reasons if reason).items()))


def read_intensities(manifest: Path, examinations: Path) -> dict[str, Quartiles]:
    """Gives the quartiles over the cases in use of what ingestion measured of each.

    Args:
        manifest: The domain's.
        examinations: Of the same ingestion; without the file nothing is known.
    """
    import numpy as np
    import pyarrow.parquet as pq

    if not examinations.is_file():
        return {}
    used = pq.read_table(manifest, columns=["case_id", "excluded_because"]).to_pydict()
    cases = {case for case, why in zip(used["case_id"], used["excluded_because"], strict=True) if why is None}
    table = pq.read_table(examinations, columns=["case_id", *_MEASURES])
    known = np.array([case in cases for case in table["case_id"].to_pylist()], dtype=bool)
    found: dict[str, Quartiles] = {}
    for measure in _MEASURES:
        values = table[measure].to_numpy()[known]
        values = values[np.isfinite(values)]
        if len(values):
            low, median, high = (float(f"{end:.6g}") for end in np.quantile(values, (0.25, 0.5, 0.75)))
            found[measure] = Quartiles(low=low, median=median, high=high)
    return found
