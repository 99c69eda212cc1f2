"""The model card of an ML-BOM, in the words of CycloneDX 1.6."""

from __future__ import annotations

import math
from typing import Any

from pipeline.export.subject import Subject
from stages.contracts.scores import Interval


def model_card(subject: Subject) -> dict[str, Any]:
    """Gives the `modelCard` of the model's component."""
    record, network = subject.record, subject.checkpoint.network
    taken = "record of numbers" if network.features else "image"
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": record.model.task,
            "architectureFamily": "multilayer perceptron"
            if network.features
            else "convolutional neural network",
            "modelArchitecture": network.params.name,
            "datasets": [{"ref": f"data:{domain.name}"} for domain in record.domains],
            "inputs": [{"format": taken}],
            "outputs": [{"format": "number" if record.model.task == "regression" else "classes"}],
        },
        "quantitativeAnalysis": {
            "performanceMetrics": [
                metric
                for slice_, scores in (
                    ("test", record.evaluation.selected),
                    ("test, trained from scratch", record.evaluation.scratch),
                    ("test, difference to scratch", record.evaluation.difference),
                )
                for name, value in scores.items()
                if (metric := _metric(name, value, slice_))
            ]
        },
        "considerations": {
            "useCases": [subject.model.intended_use],
            "technicalLimitations": _limits(subject),
        },
    }


def _metric(name: str, value: Interval, slice_: str) -> dict[str, Any] | None:
    """Gives a figure; none where it is undefined, as the schema takes no such number."""
    if not all(math.isfinite(number) for number in (value.value, value.low, value.high)):
        return None
    interval = {"lowerBound": f"{value.low:.6f}", "upperBound": f"{value.high:.6f}"}
    return {"type": name, "value": f"{value.value:.6f}", "slice": slice_, "confidenceInterval": interval}


def _limits(subject: Subject) -> list[str]:
    evaluation = subject.record.evaluation
    limits = [
        f"Tested on {evaluation.test_cases} cases of the same source as the training data.",
        f"Against training from scratch the transfer is {evaluation.verdict} ({evaluation.verdict_metric}).",
    ]
    unknown = [domain.name for domain in subject.record.domains if not domain.patients_known]
    return limits + [f"Patients of '{name}' are unknown." for name in unknown]
