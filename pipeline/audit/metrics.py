"""The figures: computed again from the stored predictions, and the same wherever they are told."""

from __future__ import annotations

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material
from pipeline.audit.recheck import NOT_HERE, note
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.recheck import Answer
from stages.contracts.scores import Evaluation, Selection

METRICS, SELECTION, SELECTED = "artifacts/metrics.json", "artifacts/selection.json", "artifacts/selected"


def check_metrics(material: Material, answer: Answer) -> Check:
    """Compares the figures of the record with `metrics.json`, and those with the predictions.

    Args:
        material: Of the audit.
        answer: What the stages' code computed from the predictions.
    """
    tally = Tally("metrics", "figures and facts")
    try:
        _check(material, tally)
    except DataError as error:
        tally.differs(error.where, f"{error.what}: {error.why}")
    note(answer, tally)
    return tally.check()


def _check(material: Material, tally: Tally) -> None:
    metrics = material.file(METRICS)
    if metrics is None:
        tally.skip(METRICS, NOT_HERE)
    else:
        found = read_json(Evaluation, metrics)
        for key in Evaluation.model_fields:
            recorded = getattr(material.record.evaluation, key)
            tally.expect(f"{METRICS}: {key}", getattr(found, key), recorded)
    chosen, copied = material.file(SELECTION), material.file(f"{SELECTED}/selection.json")
    if chosen is None or copied is None:
        tally.skip(SELECTION, NOT_HERE)
        return
    selection = read_json(Selection, chosen)
    same = read_json(Selection, copied) == selection
    tally.expect(f"{SELECTED}/selection.json", same, True, f"that it says the same as {SELECTION}")
    model = material.record.model
    tally.expect(f"{SELECTION}: threshold", selection.selected.threshold, model.threshold)
    tally.expect(f"{SELECTION}: temperature", selection.selected.temperature, model.temperature)
    tally.expect(f"{SELECTION}: positive", selection.positive, model.positive)
