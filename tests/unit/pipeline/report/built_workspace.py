"""Builds small workspaces as the stages leave them, through the contracts' own writers."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from stages.contracts.artifact import write_json
from stages.contracts.checkpoint import RECORD, Checkpoint, Environment, Origin
from stages.contracts.feature import Feature
from stages.contracts.findings import Finding, Findings
from stages.contracts.hints import Hints
from stages.contracts.history import Epoch, write_history
from stages.contracts.ledger import Changes, LayerChange, Ledger, LedgerEntry
from stages.contracts.manifest import Domain, write_manifest
from stages.contracts.model import RECORD as MODEL_RECORD
from stages.contracts.model import Model
from stages.contracts.network import NetworkParams, NetworkSpec, Normalisation
from stages.contracts.preparation import PrepareParams
from stages.contracts.scores import Candidate, Chosen, Evaluation, Interval, Selection
from stages.contracts.thumbnails import FOLDER, write_thumbnails

METRICS = ("auroc", "auprc", "accuracy", "balanced_accuracy", "sensitivity", "specificity", "brier")
STRATEGIES = ("scratch", "linear_probe", "full", "lp_ft")
SEEDS = (0, 1, 2)
SECTIONS = (
    "verdict",
    "scores",
    "curves",
    "data",
    "candidates",
    "hints",
    "histories",
    "ledger",
    "layers",
    "lineage",
)
"""Anchors of the report's sections, in their order."""
PARAMS = """grid:
  domains: [target, formula]
  trained: [formula]
  imported: [imagenet]
  sources: [formula, imagenet]
  strategies: [scratch, linear_probe, full, lp_ft]
  seeds: [0, 1, 2]
"""


def digest(text: str) -> str:
    """Gives a hash that stands for some file's."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Built:
    """What kind of workspace to build."""

    root: Path
    classes: tuple[str, ...] = ("no", "yes")
    patients: bool = False
    verdict: str = "positive"
    findings: tuple[Finding, ...] = field(
        default=(
            Finding(
                kind="near-duplicates",
                severity="note",
                message="112 cases resemble another one",
                cases=tuple(f"yes/y{k}.jpg" for k in range(112)),
                remedy="nothing: near-duplicates stay in one split",
            ),
            Finding(
                kind="unreadable",
                severity="warning",
                message="2 files cannot be decoded and were left out",
                cases=("no/no7.jpg", "yes/y12.jpg"),
                remedy="restore the files, or leave them out for good",
            ),
        )
    )

    covariates: tuple[Feature, ...] = ()
    """That the models take beside each image."""
    pictured: tuple[str, ...] = tuple(f"yes/y{k}.jpg" for k in range(4))
    """Cases with a thumbnail."""

    @property
    def artifacts(self) -> Path:
        return self.root / "artifacts"

    @property
    def positive(self) -> str | None:
        return self.classes[1] if len(self.classes) == 2 else None


def build_all(built: Built) -> Built:
    """Writes what a finished run leaves."""
    build_params(built)
    build_data(built)
    build_transfers(built)
    build_hints(built)
    build_histories(built)
    build_selection(built)
    build_evaluation(built)
    build_model(built)
    build_lock(built)
    return built


def build_params(built: Built) -> None:
    built.root.mkdir(parents=True, exist_ok=True)
    (built.root / "params.yaml").write_text(PARAMS, encoding="utf-8")


def build_data(built: Built) -> None:
    _build_domain(built, "target", built.classes, built.patients, built.findings)
    images = {case: (digest(case), _png(number)) for number, case in enumerate(built.pictured)}
    write_thumbnails(built.artifacts / "ingested" / "target" / FOLDER, "", images)
    _build_domain(built, "formula", tuple(f"f{k:02}" for k in range(40)), False, ())


def _build_domain(
    built: Built, name: str, classes: tuple[str, ...], patients: bool, findings: tuple[Finding, ...]
) -> None:
    folder = built.artifacts / "ingested" / name
    sizes = {"train": 60, "val": 20, "test": 20}
    rows = [
        {
            "case_id": f"{label}/{split}-{number}.jpg",
            "patient_id": f"PAT-{split}-{number // 2:04}" if patients else None,
            "group_id": f"{split}-{number // 2}",
            "path": f"{label}/{split}-{number}.jpg",
            "file_md5": None,
            "content_sha256": digest(f"{label}{split}{number}"),
            "mask_sha256": None,
            "fold": None,
            "perceptual_hash": digest(f"{label}{split}{number}")[:16],
            "label": label,
            "split": None if (split, number) == ("train", 0) else split,
            "excluded_because": "unreadable" if (split, number) == ("train", 0) else None,
        }
        for label in classes
        for split, size in sizes.items()
        for number in range(size)
    ]
    write_manifest(pd.DataFrame(rows), folder / "manifest.parquet")
    counts = {split: dict.fromkeys(classes, size - (split == "train")) for split, size in sizes.items()}
    write_json(
        Domain(
            name=name,
            adapter="folder",
            classes=classes,
            patients_known=patients,
            given_splits=False,
            counts=counts,
        ),
        folder / "domain.json",
    )
    write_json(Findings(domain=name, findings=findings), folder / "findings.json")


def _png(seed: int) -> bytes:
    written = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (24, 32), dtype=np.uint8)
    Image.fromarray(noise).save(written, format="PNG")
    return written.getvalue()


def checkpoint(
    built: Built,
    origin: Origin,
    source: str,
    parent: str | None,
    *,
    strategy: str | None = None,
    seed: int = 0,
) -> Checkpoint:
    """Describes a checkpoint; its hash follows from what it is."""
    family = "efficientnet-lite0" if source == "imagenet" else "resnet18"
    classes = built.classes if origin in ("transferred", "finetuned") else tuple(f"c{k}" for k in range(40))
    channels = 3 if origin == "imported" else 1
    return Checkpoint(
        origin=origin,
        source=source,
        strategy=strategy,
        network=NetworkSpec(
            params=NetworkParams.model_validate({"name": family}),
            in_channels=channels,
            image_size=(96, 96),
            classes=classes,
            covariates=built.covariates if origin in ("transferred", "finetuned") else (),
        ),
        normalisation=Normalisation(mean=(127.0,) * channels, deviation=(128.0,) * channels),
        parent_sha256=parent,
        weights_sha256=digest(f"{origin}{source}{strategy}{seed}"),
        training_cases={"imported": None, "transferred": None, "trained": 2400, "finetuned": 100}[origin],
        environment=Environment(
            device="cpu",
            precision="fp32",
            threads=1,
            seed=seed,
            versions={"torch": "2.13.0", "monai": "1.6.1"},
        )
        if origin in ("trained", "finetuned")
        else None,
    )


def build_transfers(built: Built) -> None:
    for source, origin in (("formula", "trained"), ("imagenet", "imported")):
        given = checkpoint(built, origin, source, None)  # type: ignore[arg-type]
        write_json(given, built.artifacts / "sources" / source / RECORD)
        folder = built.artifacts / "transferred" / source
        write_json(checkpoint(built, "transferred", source, given.weights_sha256), folder / RECORD)
        write_json(_ledger(source), folder / "ledger.json")


def _ledger(source: str) -> Ledger:
    moved = [
        LedgerEntry(
            name=name + ".weight",
            shape=(64, 64, 3, 3),
            role="shared",
            action="moved",
            reason="same name and shape",
            sha256_before=digest(name),
            sha256_after=digest(name),
        )
        for name in layer_names()[1:-1]
    ]
    stem = LedgerEntry(
        name="backbone.conv1.weight",
        shape=(64, 1, 7, 7),
        role="shared",
        action="adapted" if source == "imagenet" else "moved",
        reason="3 input channels to 1" if source == "imagenet" else "same name and shape",
        sha256_before=digest("a"),
        sha256_after=digest("b"),
    )
    head = [
        LedgerEntry(
            name=name,
            shape=shape,
            role="specific",
            action="reinitialised",
            reason="the head belongs to the source's classes",
            sha256_before=digest("c"),
            sha256_after=digest("d"),
        )
        for name, shape in (("head.weight", (2, 512)), ("head.bias", (2,)))
    ]
    return Ledger(
        source=source,
        entries=(stem, *moved, *head),
        backbone_parameters=11_170_240,
        moved_parameters=11_170_240,
    )


def layer_names() -> list[str]:
    """Names the layers of a ResNet18, in its order."""
    blocks = [
        f"backbone.layer{group}.{block}.{layer}"
        for group in (1, 2, 3, 4)
        for block in (0, 1)
        for layer in (
            "conv1",
            "bn1",
            "conv2",
            "bn2",
            *(("downsample.0", "downsample.1") if group > 1 and block == 0 else ()),
        )
    ]
    return ["backbone.conv1", "backbone.bn1", *blocks, "head"]


def build_hints(built: Built) -> None:
    """Two sources; the guesses do not agree with one another."""
    for source, logme, h_score, leep in (
        ("formula", -0.712, 0.061, -0.683),
        ("imagenet", -0.598, 0.034, None),
    ):
        hints = Hints(source=source, training_cases=100, logme=logme, h_score=h_score, leep=leep)
        write_json(hints, built.artifacts / "hints" / f"{source}.json")


def build_histories(built: Built, strategies: tuple[str, ...] = STRATEGIES) -> None:
    draws = np.random.default_rng(0)
    folder = built.artifacts / "histories"
    for source in ("formula", "imagenet"):
        for strategy in strategies:
            for seed in SEEDS:
                epochs = 1 if strategy == "linear_probe" else 12
                falling = np.exp(-np.arange(epochs) / 4) * draws.uniform(0.5, 0.8)
                rows = [
                    Epoch(
                        epoch=k + 1,
                        train_loss=float(loss),
                        val_loss=float(loss + 0.1 + 0.01 * k),
                        val_score=1 - float(loss) / 2,
                    )
                    for k, loss in enumerate(falling)
                ]
                write_history(rows, folder / f"{source}-{strategy}-{seed}.csv")
    own = [
        Epoch(
            epoch=k + 1,
            train_loss=3.6 / (k + 1),
            val_loss=None if k % 2 else 3.7 / (k + 1),
            val_score=None,
        )
        for k in range(10)
    ]
    write_history(own, folder / "formula.csv")


def selection(built: Built) -> Selection:
    """Says that imagenet by lp_ft was selected."""
    threshold = 0.41 if built.positive else None
    candidates = [
        Candidate(
            source=source,
            strategy=strategy,
            scores={str(s): mean + 0.01 * (s - 1) for s in SEEDS},
            mean=mean,
            deviation=0.01,
        )
        for source, strategy, mean in (
            ("imagenet", "lp_ft", 0.965),
            ("imagenet", "full", 0.951),
            ("imagenet", "linear_probe", 0.94),
            ("formula", "lp_ft", 0.88),
            ("formula", "full", 0.87),
            ("formula", "scratch", 0.83),
            ("imagenet", "scratch", 0.81),
            ("formula", "linear_probe", 0.79),
        )
    ]
    return Selection(
        metric="auroc",
        positive=built.positive,
        candidates=tuple(candidates),
        selected=Chosen(source="imagenet", strategy="lp_ft", seed=2, threshold=threshold),
        scratch=Chosen(source="formula", strategy="scratch", seed=1, threshold=threshold),
    )


def build_selection(built: Built) -> None:
    chosen = selection(built)
    write_json(chosen, built.artifacts / "selection.json")
    folder = built.artifacts / "selected"
    write_json(chosen, folder / "selection.json")
    parent = checkpoint(built, "transferred", "imagenet", None).weights_sha256
    names = layer_names()
    layers = [
        LayerChange(
            layer=name,
            role="specific" if name == "head" else "shared",
            parameters=36_864,
            relative_change=0.0 if place < 2 else 0.004 * 1.1**place,
        )
        for place, name in enumerate(names)
    ]
    for seed in SEEDS:
        run = folder / "selected" / str(seed)
        write_json(
            checkpoint(built, "finetuned", "imagenet", parent, strategy="lp_ft", seed=seed), run / RECORD
        )
        write_json(Changes(layers=tuple(layers)), run / "changes.json")
        run = folder / "scratch" / str(seed)
        write_json(
            checkpoint(built, "finetuned", "formula", None, strategy="scratch", seed=seed), run / RECORD
        )
        write_json(Changes(layers=()), run / "changes.json")


def evaluation(built: Built) -> Evaluation:
    """Gives scores with intervals, whatever the verdict."""
    gap = {"positive": 0.1, "inconclusive": 0.01, "negative": -0.1}[built.verdict]
    base = dict.fromkeys(METRICS, 0.86) | {"brier": 0.14}
    turned = {name: -gap if name == "brier" else gap for name in METRICS}
    return Evaluation.model_validate(
        {
            "selected": {name: _around(base[name] + turned[name]) for name in METRICS},
            "scratch": {name: _around(base[name]) for name in METRICS},
            "difference": {name: _around(turned[name]) for name in METRICS},
            "verdict": built.verdict,
            "verdict_metric": "auroc",
            "resampled": "patients" if built.patients else "near-duplicate groups",
            "confidence": 0.95,
            "test_cases": 597,
            "test_patients": 210 if built.patients else None,
            "test_groups": 210 if built.patients else 431,
            "seeds": {
                role: {
                    str(seed): {name: base[name] + shift * turned[name] + 0.004 * seed for name in METRICS}
                    for seed in SEEDS
                }
                for role, shift in (("selected", 1), ("scratch", 0))
            },
        }
    )


def _around(value: float) -> Interval:
    return Interval(value=value, low=value - 0.03, high=value + 0.025)


def build_evaluation(built: Built) -> None:
    write_json(evaluation(built), built.artifacts / "metrics.json")
    folder = built.artifacts / "evaluation"
    folder.mkdir(parents=True)
    grid = np.linspace(0, 1, 101)
    names = ("roc", "precision_recall", "calibration", "confusion")
    curves: dict[str, list[pd.DataFrame]] = {name: [] for name in names}
    for role, skill in (("selected", 0.25), ("scratch", 0.5)):
        curves["roc"].append(
            pd.DataFrame(
                {
                    "false_positive_rate": grid,
                    "true_positive_rate": grid**skill,
                    "low": grid ** (skill * 1.3),
                    "high": grid ** (skill * 0.7),
                    "model": role,
                }
            )
        )
        curves["precision_recall"].append(
            pd.DataFrame(
                {
                    "recall": grid,
                    "precision": 1 - skill * grid**2,
                    "low": 1 - skill * grid**2 * 1.2,
                    "high": 1 - skill * grid**2 * 0.8,
                    "model": role,
                }
            )
        )
        curves["calibration"].append(
            pd.DataFrame({"predicted": grid[::11], "observed": grid[::11] ** (1 + skill), "model": role})
        )
        counts = [
            {"true": true, "called": called, "cases": 280 if true == called else 17, "model": role}
            for true in built.classes
            for called in built.classes
        ]
        curves["confusion"].append(pd.DataFrame(counts))
    for name, parts in curves.items():
        pd.concat(parts).to_csv(folder / f"{name}.csv", index=False, float_format="%.6f", lineterminator="\n")


def build_model(built: Built) -> None:
    chosen = selection(built).selected
    weights = checkpoint(built, "finetuned", "imagenet", None, strategy="lp_ft", seed=2).weights_sha256
    model = Model(
        name="brain-tumour",
        classes=built.classes,
        positive=built.positive,
        threshold=chosen.threshold,
        preparation=PrepareParams(size=(96, 96)),
        source="imagenet",
        strategy="lp_ft",
        seed=2,
        weights_sha256=weights,
        evaluation=evaluation(built),
        intended_use="Research only.",
    )
    write_json(model, built.artifacts / "model" / MODEL_RECORD)


def build_lock(built: Built) -> None:
    md5 = hashlib.md5((built.artifacts / "metrics.json").read_bytes()).hexdigest()
    runs = "".join(
        f"""  finetune@{source}-{strategy}-{seed}:
    cmd: python -m stages.finetune --strategy {strategy} --seed {seed}
    deps:
    - path: artifacts/transferred/{source}
      hash: md5
      md5: {digest(source)[:32]}.dir
      size: 44000000
      nfiles: 3
    - path: stages/finetune.py
      hash: md5
      md5: {digest("code")[:32]}
      size: 4000
    params:
      params.yaml:
        finetune:
          epochs: 12
          label_budget: 100
          augmentation:
            flip: true
        strategies.{strategy}:
          kind: {strategy}
    outs:
    - path: artifacts/finetuned/{source}-{strategy}-{seed}
      hash: md5
      md5: {digest(source + strategy + str(seed))[:32]}.dir
      size: 45000000
      nfiles: 4
"""
        for source in ("formula", "imagenet")
        for strategy in STRATEGIES
        for seed in SEEDS
    )
    text = f"""schema: '2.0'
stages:
{runs}  evaluate:
    cmd: >-
      python -m stages.evaluate --selected artifacts/selected
      --metrics artifacts/metrics.json
    outs:
    - path: artifacts/metrics.json
      hash: md5
      md5: {md5}
      size: 4000
"""
    (built.root / "dvc.lock").write_text(text, encoding="utf-8")
