"""A workspace with models on record, tags, a log of every kind of decision, and data with patients."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.lineage.decision import (
    Comparison,
    Detail,
    Judged,
    Kept,
    Promoted,
    Refused,
    Retrained,
    RolledBack,
    Withdrawn,
)
from pipeline.lineage.log import append_entry
from pipeline.lineage.record import LineageRecord, Observed, Quartiles
from pipeline.lineage.registry import trailers
from pipeline.lineage.shelf import write_record
from stages.contracts.artifact import write_json
from stages.contracts.drift import Drift, Shift
from stages.contracts.findings import Finding
from stages.contracts.monitoring import Monitoring, NewScore, PredictionShift
from stages.contracts.scores import Interval
from tests.unit.pipeline.lineage.repositories import commit_all, git, make_repository
from tests.unit.pipeline.lineage.samples import sample_evaluation, sample_record
from tests.unit.pipeline.report.built_workspace import Built, build_data, digest

PATIENT = "PAT-train-0001"
HOSTILE = "<script>window.hit = 1</script>"
BY = "A Tester <tester@example.org>"
FINDING = Finding(
    kind="header-identifiers",
    severity="severe",
    message=f"{HOSTILE} {PATIENT} is named in a header",
    cases=(f"{PATIENT}/scan.png",),
    remedy="ask for data without identifiers",
)


def record_models(root: Path, number: int, name: str = "model") -> list[LineageRecord]:
    """Leaves a repository with so many models on record, the oldest first."""
    make_repository(root)
    (root / "dvc.yaml").write_text("stages: {}\n")
    commit_all(root)
    records = [_record(place, name) for place in range(number)]
    for record in records:
        write_record(root, record)
    return records


def _record(place: int, name: str) -> LineageRecord:
    value = 0.7 + 0.2 * (place % 10) / 10
    evaluation = sample_evaluation(("positive", "inconclusive", "negative")[place % 3])
    day = f"2026-{1 + place // 28 % 12:02}-{1 + place % 28:02}"
    score = {"auroc": Interval(value=value, low=value - 0.05, high=value + 0.05)}
    record = sample_record(
        f"{name} {place}",
        evaluation=evaluation.model_copy(update={"selected": score}),
        observed=Observed(
            written_at=f"{day}T03:00:00+00:00",
            trigger="schedule: params changed" if place % 2 else None,
            stage_seconds={"package": 2.0, "select": 40.4},
        ),
    )
    domain = record.domains[0].model_copy(update=_data(place // 2, name))
    changes = {"model": record.model.model_copy(update={"name": name}), "domains": (domain,)}
    return record.model_copy(update=changes)


def _data(version: int, name: str) -> dict[str, object]:
    """Every second model has new data: more cases, fewer of them positive, and brighter ones."""
    counts = {split: {f"no {name}": 60 + 40 * version, "yes": 40} for split in ("train", "test")}
    mean = Quartiles(low=90.0 + version, median=110.0 + 10 * version, high=131.0 + version)
    return {
        "manifest_sha256": digest(f"manifest {version}"),
        "counts": counts,
        "intensities": {"mean": mean, "deviation": mean},
    }


def make_champion(root: Path, record: LineageRecord, version: int, detail: Detail) -> None:
    """Tags as the registry does."""
    entry = append_entry(root, record.identity, detail)
    git(root, "commit", "-q", "--allow-empty", "-m", f"v{version}")
    message = f"v{version}\n\n{trailers(record.identity, entry.sha256)}"
    git(root, "tag", "-a", f"model@v{version}.0.0", "-m", message)
    git(root, "tag", "-a", f"model#champion#{version}", "-m", message)


def judged(champion: LineageRecord | None, *failed: str) -> Judged:
    gap = Interval(value=0.012, low=-0.004, high=0.03)
    compared = champion and Comparison(
        champion=champion.identity,
        metric="auroc",
        difference=gap,
        challenger_score=Interval(value=0.912, low=0.9, high=0.92),
        champion_score=Interval(value=0.9, low=0.89, high=0.91),
        confidence=0.95,
        resampled="patients",
        test_cases=321,
        test_groups=100,
        cautions=("the split changed since",),
    )
    return Judged(gate_sha256=digest("gate"), comparison=compared or None, failed=failed)


def build_history(root: Path, name: str = "model") -> list[LineageRecord]:
    """Leaves four models and every kind of decision; the second is champion, the third was refused."""
    records = record_models(root, 4, name)
    first, second, third, fourth = records

    def promoted(version: int, before: LineageRecord | None, forced: str | None) -> Promoted:
        found = judged(before, *(["loses more than 0.02"] if forced else []))
        return Promoted(version=version, record_sha256=digest("r"), judged=found, forced=forced, by=BY)

    make_champion(root, first, 1, promoted(1, None, None))
    append_entry(root, second.identity, Retrained(trigger="schedule: drift in target", by="medgraft retrain"))
    make_champion(root, second, 2, promoted(2, first, f"{HOSTILE} for {PATIENT}"))
    append_entry(root, third.identity, Refused(judged=judged(second, "negative transfer"), by=BY))
    append_entry(root, fourth.identity, Kept(reason="the champion's files are not to be had", by=BY))
    append_entry(root, first.identity, RolledBack(version=2, before=1, reason=f"asked by {PATIENT}", by=BY))
    append_entry(
        root,
        None,
        Withdrawn(
            subject="patient",
            subject_sha256=digest("subject"),
            domains=("target",),
            models=(first.identity, second.identity),
            reason=f"{PATIENT} wrote a letter",
            by=BY,
        ),
    )
    build_data(Built(root, patients=True, findings=(FINDING,), pictured=(f"{PATIENT}/scan.png",)))
    shift = Shift(cases="new", measure="mean", distance=0.41, p=1e-6, count=40, against=300)
    write_json(Drift(domain="target", shifts=(shift,)), root / ".medgraft" / "drift-target.json")
    watched = Monitoring(
        new=77,
        against=321,
        shifts=(PredictionShift(measure="called", distance=0.3, p=1e-5),),
        performance=NewScore(
            metric="auroc", score=Interval(value=0.81, low=0.7, high=0.9), cases=60, groups=30
        ),
        notes=("calibration: too few cases",),
    )
    write_json(watched, root / ".medgraft" / "monitoring-0.json")
    stages = {key: stage.model_dump(mode="json") for key, stage in fourth.made_by.items()}
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": stages}))
    return records
