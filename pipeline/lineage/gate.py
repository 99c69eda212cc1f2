"""The gate: what a challenger has to show, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.lineage.decision import Comparison, Judged
from pipeline.lineage.record import LineageRecord
from stages.contracts.findings import SEVERITIES
from stages.contracts.task import side_of


def judge(record: LineageRecord, comparison: Comparison | None, obstacles: tuple[str, ...] = ()) -> Judged:
    """Holds a challenger against the criteria of its own record, which were fixed before its run.

    Args:
        record: Of the challenger.
        comparison: With the champion; None where there is none.
        obstacles: What else speaks against it, each as a sentence.
    """
    failed = (*obstacles, *_shortfalls(record), *_loss(record, comparison))
    return Judged(gate_sha256=record.gate_sha256, comparison=comparison, failed=failed)


def _shortfalls(record: LineageRecord) -> Iterator[str]:
    criteria, evaluation = record.gate, record.evaluation
    if criteria.refuse_negative_transfer and evaluation.verdict == "negative":
        yield f"the verdict is negative transfer ({evaluation.verdict_metric}, against training from scratch)"
    if criteria.refuse_severity:
        grave = SEVERITIES[SEVERITIES.index(criteria.refuse_severity) :]
        for domain in record.domains:
            if found := sum(domain.findings.get(severity, 0) for severity in grave):
                words = " or ".join(grave)
                yield f"{found} {'finding' if found == 1 else 'findings'} ({words}) of '{domain.name}' open"


def _loss(record: LineageRecord, comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        return
    side, gap = side_of(comparison.metric), comparison.difference
    worst = min(side * gap.low, side * gap.high)
    if worst < -record.gate.margin:
        yield (
            f"{comparison.metric} may be worse than the champion's by {-worst:.4f}, "
            f"and the margin is {record.gate.margin:g}"
        )
