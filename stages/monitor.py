"""Applies a packaged model to the cases that came after it was trained: is it still what it was?

Not a stage of the graph: `medgraft retrain` runs it, where new cases came and the params set a limit.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from stages.adapters.opened import AdapterRecord, open_adapter
from stages.adapters.raw.location import resolve_raw
from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import DataError, guarded
from stages.contracts.manifest import Domain, read_manifest, read_table
from stages.contracts.model import RECORD, Model
from stages.contracts.monitoring import Monitoring, NewScore
from stages.contracts.predictions import COLUMNS, require_scorable
from stages.contracts.task import Metric, metric_of
from stages.ingestion.newcomers import find_newcomers, prepare_newcomers

if TYPE_CHECKING:
    import pandas as pd

    from stages.components.scores.scored import Reading

CONFIDENCE, RESAMPLES = 0.95, 1000
MASKS = "predictions of masks are not compared"


@dataclass(frozen=True)
class Watched:
    """A model and what it is asked about.

    Attributes:
        folder: The model's.
        model: Its record.
        own: Its predictions of its own test cases.
        earlier: Folder of the ingestion that it was made from.
        ingested: Folder of the ingestion of now.
        raw: The raw data of now.
    """

    folder: Path
    model: Model
    own: pd.DataFrame
    earlier: Path
    ingested: Path
    raw: Path

    @property
    def reading(self) -> Reading:
        """How its predictions are read."""
        from stages.components.scores.scored import Reading

        model = self.model
        place = None if model.positive is None else model.classes.index(model.positive)
        return Reading(model.task, model.classes, place)


def monitor(watched: Watched, metric: Metric | None) -> Monitoring:
    """Predicts the new cases, compares what is said with what was said, and scores what is labelled.

    Args:
        watched: The model, and the data of then and now.
        metric: Of the performance; None for the task's own.

    Raises:
        DataError: If a case cannot be prepared for the model.
        ParamsError: If the task has no such metric.
    """
    then, now = (read_json(Domain, folder / "domain.json") for folder in (watched.earlier, watched.ingested))
    against, chosen_metric = len(watched.own), metric_of(then.task, metric, "retrain.performance.metric")
    if (then.task, then.classes, then.features) != (now.task, now.classes, now.features):
        why = "the classes or columns of the data are no longer the champion's"
        return Monitoring(new=0, against=against, notes=(why,))
    manifests = (read_manifest(folder / "manifest.parquet") for folder in (watched.ingested, watched.earlier))
    new = find_newcomers(*manifests)
    if new.manifest.empty:
        return Monitoring(new=0, against=against)
    from stages.components.prediction.committee import spoken
    from stages.components.prediction.packaged import chosen_of, predict_packaged
    from stages.components.scores.prediction_drift import compare_predictions

    options = read_json(AdapterRecord, watched.ingested / "adapter.json").adapter
    adapter = open_adapter(resolve_raw(watched.raw), options)
    masks = then.task == "segmentation"
    seen = new.only_labelled() if masks else new  # without a mask there is nothing to hold masks against
    if seen.manifest.empty:
        return Monitoring(new=len(new.manifest), against=against, notes=(MASKS,))
    cases = prepare_newcomers(seen, adapter, now, watched.model)
    said = spoken(predict_packaged(watched.folder, watched.model, cases), chosen_of(watched.model))
    shifts = () if masks else compare_predictions(said, watched.own, watched.reading, watched.model.threshold)
    told = said[seen.labelled & ~seen.familiar].reset_index(drop=True)
    performance, note = _score(told, watched, chosen_metric)
    notes = (*((MASKS,) if masks else ()), *((note,) if note else ()))
    return Monitoring(
        new=len(new.manifest), against=against, shifts=shifts, performance=performance, notes=notes
    )


def _score(told: pd.DataFrame, watched: Watched, metric: Metric) -> tuple[NewScore | None, str]:
    """Scores labelled cases of patients that the model never learned from; or says why it cannot."""
    from stages.components.scores.bootstrap import bootstrap_scores, intervals, plain_scores

    model = watched.model
    try:
        require_scorable(told, model.task, model.classes, "new")
        said, groups = watched.reading.read(told, model.threshold), told["group_id"]
        name = str(metric)
        drawn = {name: bootstrap_scores(said, groups, RESAMPLES, seed=0)[name]}
        score = intervals({name: plain_scores(said)[name]}, drawn, CONFIDENCE)[name]
    except DataError as error:
        return None, f"performance: {error.why}"
    return NewScore(metric=metric, score=score, cases=len(told), groups=int(groups.nunique())), ""


def main() -> None:
    """Reads a packaged model, what it was made from, and the data of now; writes what was measured."""
    parser = argparse.ArgumentParser(prog="stages.monitor", description=__doc__)
    for name in ("model", "evaluation", "earlier", "ingested", "raw", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--metric")
    args = parser.parse_args()
    model = read_json(Model, args.model / RECORD)
    said = read_table(args.evaluation / "predictions.parquet", (*COLUMNS, "model", "seed"))
    own = said[said["model"] == "selected"]
    own = own[own["seed"].isna() if model.members else own["seed"] == model.seed]
    own = own.drop(columns=["model", "seed"]).reset_index(drop=True)
    watched = Watched(args.model, model, own, args.earlier, args.ingested, args.raw)
    write_json(monitor(watched, cast("Metric | None", args.metric)), args.out)


if __name__ == "__main__":
    sys.exit(guarded(main))
