"""Has the stages' own code compute again what artifacts say of each other, in a process of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.audit.finding import Tally
from pipeline.audit.material import Material
from pipeline.audit.view import viewing
from pipeline.lineage.lock import LockedStage
from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import StageError
from stages.contracts.recheck import (
    Answer,
    DomainPlace,
    EvaluationPlace,
    Mismatch,
    Recheck,
    RecheckRequest,
    TransferPlace,
)

NOT_HERE = "not here: `dvc fetch` has it where a remote does"
Compute = Callable[[RecheckRequest, Path], Recheck]
"""Answers a request about the files below a folder."""


def recheck(material: Material, compute: Compute, *, contents: bool = False) -> Recheck:
    """Computes manifests, ledgers and figures again.

    Args:
        material: Of the audit.
        compute: Who does.
        contents: Whether every raw case is decoded again.
    """
    with viewing(material) as folder:
        asked = _Asked(material, folder)
        for name, stage in material.stages.items():
            asked.add(name, stage)
        answer = compute(asked.request(contents=contents), folder)
    return Recheck(
        manifests=_lacking(answer.manifests, asked.absent["ingest"]),
        ledgers=_lacking(answer.ledgers, asked.absent["transfer"]),
        metrics=_lacking(answer.metrics, asked.absent["evaluate"]),
    )


def compute_apart(request: RecheckRequest, folder: Path) -> Recheck:
    """Runs `python -m stages.recheck`: never the code of the folder, which is what is audited.

    Raises:
        StageError: If it fails.
    """
    with tempfile.TemporaryDirectory(prefix="medgraft-") as scratch:
        asked, answer = Path(scratch) / "request.json", Path(scratch) / "answer.json"
        write_json(request, asked)
        words = ["-P", "-m", "stages.recheck", "--request", str(asked), "--out", str(answer)]
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            [sys.executable, *words], cwd=folder, env=environment, stdout=sys.stderr.fileno(), check=False
        )
        if done.returncode:
            raise StageError(
                "what the artifacts say could not be computed again",
                where="python -m stages.recheck",
                why=f"it ended with exit code {done.returncode}",
                remedy="see its lines above",
            )
        return read_json(Recheck, answer)


def note(answer: Answer, tally: Tally) -> None:
    """Adds an answer to what was compared before."""
    tally.same(answer.compared)
    for one in answer.differences:
        tally.differs(one.where, one.why)
    for one in answer.unchecked:
        tally.skip(one.where, one.why)


@dataclass
class _Asked:
    """Gathers a request from the stages' own command lines: dvc.yaml alone knows where things lie."""

    material: Material
    folder: Path
    domains: list[DomainPlace] = field(default_factory=list)
    transfers: list[TransferPlace] = field(default_factory=list)
    evaluation: EvaluationPlace | None = None
    absent: dict[str, list[str]] = field(
        default_factory=lambda: {"ingest": [], "transfer": [], "evaluate": []}
    )

    def add(self, name: str, stage: LockedStage) -> None:
        group, _, item = name.partition("@")
        if group not in self.absent:
            return
        words = shlex.split(stage.command)
        paths = {words[n - 1].lstrip("-"): word for n, word in enumerate(words) if words[n - 1][:2] == "--"}
        reads = {
            "ingest": ("raw", "out"),
            "transfer": ("source", "out"),
            "evaluate": ("selected", "prepared", "out", "metrics"),
        }[group]
        if not all((self.folder / paths[key]).exists() for key in reads):
            self.absent[group].append(name)
        elif group == "ingest":
            md5s = self._md5s(paths["raw"])
            self.domains.append(DomainPlace(name=item, raw=paths["raw"], ingested=paths["out"], md5s=md5s))
        elif group == "transfer":
            self.transfers.append(TransferPlace(source=paths["source"], transferred=paths["out"]))
        else:
            self.evaluation = EvaluationPlace(
                selected=paths["selected"],
                prepared=paths["prepared"],
                predictions=f"{paths['out']}/predictions.parquet",
                metrics=paths["metrics"],
                params=stage.params.get("params.yaml", {}).get("evaluate") or {},
            )

    def _md5s(self, raw: str) -> dict[str, str]:
        """Names the raw files that were hashed already."""
        files = (self.material.present_files(raw) or {}) if self.material.present else {}
        hashed = {name: self.material.digests.md5(file) for name, file in files.items()}
        return {name: md5 for name, md5 in hashed.items() if md5}

    def request(self, *, contents: bool) -> RecheckRequest:
        return RecheckRequest(
            domains=tuple(self.domains),
            transfers=tuple(self.transfers),
            evaluation=self.evaluation,
            contents=contents,
        )


def _lacking(answer: Answer, names: list[str]) -> Answer:
    more = tuple(Mismatch(where=name, why=NOT_HERE) for name in names)
    return answer.model_copy(update={"unchecked": answer.unchecked + more})
