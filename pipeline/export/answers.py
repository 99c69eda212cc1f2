"""What a record of lineage can say to the items of a reporting checklist."""

from __future__ import annotations

from pipeline.export.subject import Subject
from pipeline.lineage.record import DomainRecord
from pipeline.report.number import plain, signed


def answers(subject: Subject) -> dict[str, str]:
    """Gives one sentence or two for each topic that the record knows something of."""
    return _of_data(subject) | _of_making(subject) | _of_figures(subject)


def _of_data(subject: Subject) -> dict[str, str]:
    record = subject.record
    return {
        "title": f"{record.model.name}: {record.model.task} by transfer learning.",
        "data": " ".join(_counts(domain) for domain in record.domains),
        "preparation": f"Each case alone, the same for all: {subject.model.preparation.model_dump_json()}.",
        "missing": " ".join(_excluded(domain) for domain in record.domains),
        "partition": "By salted hash of the group, so that a case never changes its split, or as the "
        "data give it; selection saw the validation split only, and the test split was used once.",
        "disjoint": f"The level of {record.evaluation.resampled}; the record of lineage holds a hash of each "
        "split's groups.",
    }


def _of_making(subject: Subject) -> dict[str, str]:
    record, model, checkpoint = subject.record, subject.model, subject.checkpoint
    network = checkpoint.network
    members = f"the mean of the seeds {', '.join(map(str, model.members))}" if model.members else "none"
    return {
        "network": f"{network.params.model_dump_json()}, with {network.outputs} outputs.",
        "start": f"The shared layers from '{model.source}', the specific ones anew; the ledger of the "
        "transfer says of each tensor what happened to it.",
        "training": f"Strategy '{model.strategy}', seeds {', '.join(map(str, record.seeds))}, "
        f"{checkpoint.training_cases or 'an unknown number of'} labelled cases.",
        "selection": "The best mean over the seeds on the validation split.",
        "ensemble": f"Ensemble: {members}.",
        "software": ", ".join(f"{name} {release}" for name, release in _main(subject)) + ".",
        "update": "A later model replaces this one only by the gate, whose criteria are in the record "
        f"(margin {record.gate.margin:g}).",
        "code": f"Revision {record.code.revision or 'unknown'}, medgraft {record.code.version}.",
        "specification": "Weights, preparation, threshold and temperature are in the packaged model; "
        f"SHA-256 of the weights: {', '.join(record.model.weights.values())}.",
    }


def _of_figures(subject: Subject) -> dict[str, str]:
    record, evaluation = subject.record, subject.record.evaluation
    metric = evaluation.verdict_metric
    value, gap = evaluation.selected[metric], record.difference
    return {
        "metrics": f"Verdict by {metric}; all: {', '.join(evaluation.selected)}.",
        "statistics": f"{100 * evaluation.confidence:.0f}% bootstrap intervals, resampled by "
        f"{evaluation.resampled}; the difference to training from scratch is paired.",
        "output": _output(subject),
        "performance": f"{metric} {plain(value.value)} ({plain(value.low)} to {plain(value.high)}) on "
        f"{evaluation.test_cases} test cases; difference to scratch {signed(gap.value)} "
        f"({signed(gap.low)} to {signed(gap.high)}): {evaluation.verdict} transfer.",
    }


def _counts(domain: DomainRecord) -> str:
    unit = "patients" if domain.patients_known else "groups"
    splits = ", ".join(
        f"{split.cases} cases of {split.groups} {unit} for {name}" for name, split in domain.splits.items()
    )
    return f"Domain '{domain.name}' ({domain.adapter}): {splits}."


def _excluded(domain: DomainRecord) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in domain.excluded.items()) or "none"
    return f"Excluded from '{domain.name}': {kinds}."


def _main(subject: Subject) -> list[tuple[str, str]]:
    packages = subject.record.software.packages
    known = ("torch", "monai", "numpy", "scikit-learn", "dvc", "prefect")
    return [("Python", subject.record.software.python)] + [
        (name, packages[name]) for name in known if name in packages
    ]


def _output(subject: Subject) -> str:
    model = subject.record.model
    if model.task == "regression":
        return "A number."
    said = f"{'A class per pixel' if model.task == 'segmentation' else 'A probability per class'}: "
    cut = f"; '{model.positive}' from {plain(model.threshold)}" if model.threshold is not None else ""
    return said + ", ".join(model.classes) + cut + "."
