"""Says which values of params.yaml follow from data that are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.data.covariates import covariates_beside
from pipeline.data.inquiry import Plan
from stages.contracts.errors import UsageError
from stages.contracts.inspection import Inspection
from stages.contracts.task import METRICS_OF

POSITIVE = ("yes", "true", "1", "positive", "pos", "disease", "diseased", "malignant", "abnormal", "sick")
"""Names of a positive class, as they are given most often."""
COVARIATES = "prepare.target.covariates"
DECIDING = ("select.metric", "evaluate.verdict")
"""Params that name a metric, which has to be one of the task."""
TRAINING = {
    "network": {"name": "resnet18", "width": 0.5},
    "recipe": {"epochs": 4, "batch_size": 64, "learning_rate": 0.002, "validate_every": 2},
}
"""How a source is trained where no other one sets an example."""


@dataclass(frozen=True)
class Sections:
    """What params.yaml has to say.

    Attributes:
        values: Plain values by dotted key, of what is not so yet.
        said: What the user should know of it, one sentence each.
    """

    values: dict[str, Any]
    said: tuple[str, ...]


def sections_for(
    domain: str,
    seen: Inspection,
    params: Mapping[str, Any],
    plan: Plan | None,
    positive: str | None,
    covariates: tuple[str, ...] = (),
) -> Sections:
    """Works out the sections of a domain.

    Args:
        domain: `target`, or the name of a source.
        seen: What the data are.
        params: The whole params file, in plain values.
        plan: How to prepare the cases; None to leave the section as it is.
        positive: The positive class that the user names.
        covariates: Columns that the user wants beside each image.

    Raises:
        UsageError: If it is none of the two classes.
    """
    values = _ingest(domain, seen.section, params) | _prepare(domain, params, plan)
    said = [f"prepare.{domain}.{name}: {why}" for name, why in plan.why.items()] if plan else []
    if domain == "target":
        more, besides = _target(seen, params, positive)
        beside = covariates_beside(seen, covariates, tuple(_now(params, COVARIATES) or ()))
        values, said = beside.among(values, COVARIATES), [*said, *besides, *beside.said]
    else:
        more = _source(domain, params)
    values |= more | _listed(params, "domains", domain)
    return Sections({key: value for key, value in values.items() if _now(params, key) != value}, tuple(said))


def _ingest(domain: str, section: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    if _now(params, f"ingest.{domain}") is None:
        return {f"ingest.{domain}": dict(section)}
    return {f"ingest.{domain}.adapter": section["adapter"]}


def _prepare(domain: str, params: Mapping[str, Any], plan: Plan | None) -> dict[str, Any]:
    present = params.get("prepare") or {}
    if plan is not None:
        return {f"prepare.{domain}": plan.prepare}
    if domain in present or not present:
        return {}
    return {f"prepare.{domain}": present.get("target", next(iter(present.values())))}


def _target(
    seen: Inspection, params: Mapping[str, Any], positive: str | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    classes = seen.classes if seen.task == "classes" else ()
    chosen, said = choose_positive(classes, _now(params, "select.positive"), positive)
    known = METRICS_OF.get(seen.task, ())
    strange = [key for key in DECIDING if _now(params, key) not in (None, *known)]
    said += tuple(f"{key}: the task's own, which is {known[0]}" for key in strange if known)
    budget = _now(params, "finetune.label_budget")
    if budget is not None:
        why = f"finetune.label_budget is {budget}: so many labelled cases are trained on; null takes them all"
        said = (*said, why)
    return {"select.positive": chosen} | dict.fromkeys(strange), said


def choose_positive(
    classes: tuple[str, ...], present: str | None, asked: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Chooses the positive class.

    Args:
        classes: Of the target.
        present: What params say.
        asked: What the user says.

    Returns:
        The class, or None where there are not two; and what was chosen on the user's behalf.

    Raises:
        UsageError: If the user names none of the classes.
    """
    if asked is not None and (asked not in classes or len(classes) != 2):
        raise UsageError(
            f"'{asked}' cannot be the positive class",
            where="--positive",
            why=f"the classes are {', '.join(classes) or 'none at all'}, and it takes two",
            remedy="name one of two classes, or leave it out",
        )
    if asked is not None or present in classes:
        return asked or present, ()
    if len(classes) != 2:
        return None, ()
    named = [name for word in POSITIVE for name in classes if name.lower() == word]
    chosen = named[0] if named else classes[-1]
    how = "by its name" if named else "as the last of them"
    return chosen, (f"'{chosen}' is taken for the positive class, {how}; --positive names another",)


def _source(domain: str, params: Mapping[str, Any]) -> dict[str, Any]:
    trained = params.get("train_source") or {}
    example = {} if domain in trained else {f"train_source.{domain}": next(iter(trained.values()), TRAINING)}
    return example | _listed(params, "trained", domain) | _listed(params, "sources", domain)


def _listed(params: Mapping[str, Any], name: str, domain: str) -> dict[str, Any]:
    present = list(_now(params, f"grid.{name}") or [])
    return {} if domain in present else {f"grid.{name}": [*present, domain]}


def _now(params: Any, key: str) -> Any:
    for part in key.split("."):
        params = params.get(part) if isinstance(params, Mapping) else None
    return params
