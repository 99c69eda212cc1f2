"""What the last ingestion of each domain found and saw drift; without a picture, and without a patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from pipeline.report.shown_finding import ShownFinding, show_findings
from stages.contracts.artifact import read_json
from stages.contracts.drift import Drift, Shift
from stages.contracts.errors import DataError
from stages.contracts.findings import Findings
from stages.contracts.manifest import Domain
from stages.contracts.monitoring import Monitoring

_TARGET = "target"


@dataclass(frozen=True)
class DomainState:
    """A domain as it is now.

    Attributes:
        name: Of the domain.
        facts: As ingestion wrote them; None where it stopped at what it found.
        findings: The most severe first.
        number: How many there are, shown or not.
        shifts: How the cases that came or went differ from the others.
        patients: Known identifiers; never shown, but what texts are searched for.
    """

    name: str
    facts: Domain | None
    findings: tuple[ShownFinding, ...]
    number: int
    shifts: tuple[Shift, ...]
    patients: pd.Series[str]

    @property
    def cases(self) -> int:
        """How many are in use."""
        return sum(sum(counts.values()) for counts in self.facts.counts.values()) if self.facts else 0


def read_states(root: Path) -> tuple[DomainState, ...]:
    """Reads every domain that ingestion has looked at, the target first.

    Raises:
        DataError: If an artifact is damaged.
    """
    ingested = {file.parent.name for file in (root / "artifacts" / "ingested").glob("*/domain.json")}
    stopped = {file.stem.partition("-")[2] for file in (root / ".medgraft").glob("findings-*.json")}
    names = sorted(ingested | stopped, key=lambda name: (name != _TARGET, name))
    return tuple(_read(root, name, name in ingested) for name in names)


def _read(root: Path, name: str, ingested: bool) -> DomainState:
    folder, state = root / "artifacts" / "ingested" / name, root / ".medgraft"
    halted, drift = state / f"findings-{name}.json", state / f"drift-{name}.json"
    patients = _patients(folder / "manifest.parquet") if ingested else pd.Series(dtype="string")
    # A run that stopped at severe findings says more of the data than the one before it.
    file = halted if halted.is_file() else folder / "findings.json"
    found = read_json(Findings, file)
    return DomainState(
        name=name,
        facts=read_json(Domain, folder / "domain.json") if ingested else None,
        findings=show_findings(found, patients if file.parent == folder else None),
        number=len(found.findings),
        shifts=read_json(Drift, drift).shifts if drift.is_file() else (),
        patients=patients,
    )


def read_monitoring(root: Path, since: float) -> Monitoring | None:
    """Reads how the champion did on cases that came after it; None where that was not measured of it.

    Args:
        root: The workspace.
        since: When it became champion, in seconds since 1970: what is older is about another one.

    Raises:
        DataError: If the file is damaged.
    """
    files = [file for file in (root / ".medgraft").glob("monitoring-*.json") if file.stat().st_mtime >= since]
    latest = max(files, key=lambda file: file.stat().st_mtime, default=None)
    return read_json(Monitoring, latest) if latest else None


def _patients(manifest: Path) -> pd.Series[str]:
    try:
        column = pq.ParquetFile(manifest).read(columns=["patient_id"], use_threads=False).column(0)
        return pd.Series(column.unique().to_pylist(), dtype="string")
    except (OSError, ValueError, IndexError) as error:
        raise DataError(
            "a table cannot be read",
            where=str(manifest),
            why=(str(error) or type(error).__name__).splitlines()[0],
            remedy="run the stage that writes it again: `medgraft run --force ingest`",
        ) from error
