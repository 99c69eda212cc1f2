"""Makes the answer of what the index says: each model, how it met the cases, and what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pipeline.trace.index import Seen
from pipeline.trace.inquiry import ask
from pipeline.trace.manifests import Row
from pipeline.trace.report import EFFECTS, RETRAINED, By, Effect, ModelTrace, Sighting, TraceReport
from pipeline.workspace import Workspace


def trace(workspace: Workspace, by: By, value: str) -> TraceReport:
    """Finds every model that saw a patient, a case or a file.

    Raises:
        UsageError: If the file is neither there nor below the raw data.
        DataError: If a record is damaged.
    """
    found = ask(workspace, by, value)
    by_file: dict[str, list[Seen]] = defaultdict(list)
    for seen in found.seen:
        by_file[seen.file].append(seen)
    models = [_model(rows) for rows in by_file.values() if rows[0].identity]
    models.sort(key=lambda model: (model.written_at, model.identity), reverse=True)
    present = [one for rows in by_file.values() if not rows[0].identity for one in _sightings(rows)]
    return TraceReport(
        by=by,
        matched=found.matched,
        models=tuple(models),
        present=tuple(present),
        retrain=tuple(model.identity for model in models if model.effect in RETRAINED),
        unread=found.unread,
        inside=found.inside,
    )


def _model(rows: list[Seen]) -> ModelTrace:
    sightings = _sightings(rows)
    grave = min((one.effect for one in sightings if one.effect), key=list(EFFECTS).index)
    stages = {stage: None for row in rows if _effect(row) != "excluded" for stage in row.stages}
    first = rows[0]
    return ModelTrace(
        identity=first.identity,
        version=None,
        champion=False,
        name=first.name,
        written_at=first.written_at,
        effect=grave,
        sightings=sightings,
        stages=tuple(stages),
        withdrawn=False,
    )


def _sightings(rows: Iterable[Seen]) -> tuple[Sighting, ...]:
    cases: dict[tuple[str, str | None, str | None, Effect | None], list[Row]] = defaultdict(list)
    for seen in rows:
        split, reason = seen.row.split, seen.row.excluded_because
        cases[seen.domain, split, reason, _effect(seen)].append(seen.row)
    rank = [*EFFECTS, None].index
    ordered = sorted(cases.items(), key=lambda item: (rank(item[0][3]), str(item[0])))
    return tuple(Sighting(*key, *_names(found)) for key, found in ordered)


def _names(rows: Iterable[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    contents = {row.content_sha256 for row in rows if row.content_sha256}
    return tuple(sorted(row.case_id for row in rows)), tuple(sorted(contents))


def _effect(seen: Seen) -> Effect | None:
    if not seen.identity:
        return None
    if seen.row.split is None:
        return "excluded"
    if not seen.ancestor:
        return "compared"
    return {"train": "trained", "val": "chosen"}.get(seen.row.split, "tested")  # type: ignore[return-value]
